// What a server's error number means for us, as a pure function, and the
// Status that carries it: its detail is the number as text ("1213").
#pragma once

#include <string>

#include "lib/base/status.h"

namespace vexaa::store {

enum class SqlErrorClass {
  kNone,
  kRetry,      // deadlock, lock wait, record changed: ROLLBACK and do it again
  kReconnect,  // the connection is gone; what it did last is unknown
  kFailover,   // no longer the writer: resolve the name again
  kOverload,   // too many connections: slow down
  kDuplicate,  // a unique key has that value already
  kRefused,    // the value breaks a rule of the schema
  kDenied,     // the account may not do this
  kMissing,    // no such database, table, column or procedure
  kOther,
};

SqlErrorClass ClassifySqlError(int error_number);

base::Status SqlStatus(int error_number, std::string message);
// The server's error number; 0 when the status does not come from the server.
int SqlErrorNumber(const base::Status& status);
SqlErrorClass ClassOfStatus(const base::Status& status);
// True when the same transaction may succeed if it is run again.
bool IsTransient(SqlErrorClass error_class);

}  // namespace vexaa::store
