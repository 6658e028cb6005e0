#include "lib/store/sql_error.h"

#include <charconv>

namespace vexaa::store {
namespace {

base::Code CodeFor(SqlErrorClass error_class) {
  switch (error_class) {
    case SqlErrorClass::kNone:
    case SqlErrorClass::kOther:
      return base::Code::kInternal;
    case SqlErrorClass::kRetry:
    case SqlErrorClass::kReconnect:
    case SqlErrorClass::kFailover:
    case SqlErrorClass::kOverload:
      return base::Code::kUnavailable;
    case SqlErrorClass::kDuplicate:
      return base::Code::kAlreadyExists;
    case SqlErrorClass::kRefused:
      return base::Code::kInvalidArgument;
    case SqlErrorClass::kDenied:
      return base::Code::kPermissionDenied;
    case SqlErrorClass::kMissing:
      return base::Code::kFailedPrecondition;
  }
  return base::Code::kInternal;
}

}  // namespace

SqlErrorClass ClassifySqlError(int error_number) {
  switch (error_number) {
    case 0:
      return SqlErrorClass::kNone;
    case 1213:  // deadlock
    case 1205:  // lock wait timeout: only the statement was rolled back
    case 1020:  // record has changed (MariaDB's snapshot isolation)
    case 1180:  // error during commit
    case 1637:  // too many active concurrent transactions
    case 3572:  // NOWAIT and the row is locked
      return SqlErrorClass::kRetry;
    case 1053:  // server shutdown in progress
    case 1927:  // connection was killed
    case 2002:  // cannot connect through the socket
    case 2003:  // cannot connect over TCP
    case 2005:  // unknown host: DNS is down or the service has no address yet
    case 2006:  // server has gone away
    case 2012:  // error in the handshake
    case 2013:  // lost connection during query
    case 2026:  // TLS error
    case 2030:  // prepared statement is gone with its connection
    case 2055:  // lost connection, with the system's error
    case 4031:  // disconnected for inactivity
      return SqlErrorClass::kReconnect;
    case 1047:  // Galera: node is not ready
    case 1290:  // server runs with --read-only
    case 1792:  // read-only transaction
    case 1836:  // running in read-only mode
      return SqlErrorClass::kFailover;
    case 1040:  // too many connections
    case 1203:  // user has too many connections
    case 1226:  // user exceeded a resource
    case 1461:  // too many prepared statements
      return SqlErrorClass::kOverload;
    case 1062:
      return SqlErrorClass::kDuplicate;
    case 1048:  // column cannot be null
    case 1264:  // out of range
    case 1265:  // data truncated
    case 1292:  // incorrect value
    case 1364:  // field has no default
    case 1366:  // incorrect string
    case 1406:  // data too long
    case 1452:  // foreign key
    case 1644:  // SIGNAL of a procedure of ours
    case 3140:  // invalid JSON text
    case 3819:  // MySQL: check constraint is violated
    case 4025:  // MariaDB: constraint failed
      return SqlErrorClass::kRefused;
    case 1044:  // no access to the database
    case 1045:  // wrong user or password
    case 1142:  // no right on the table
    case 1143:  // no right on the column
    case 1227:  // needs a privilege such as SUPER
    case 1370:  // no right on the procedure
    case 1698:  // access denied
    case 3118:  // account is locked
    case 4151:  // MariaDB: account is locked
      return SqlErrorClass::kDenied;
    case 1049:  // no such database
    case 1054:  // no such column
    case 1146:  // no such table
    case 1305:  // no such procedure
      return SqlErrorClass::kMissing;
    default:
      return SqlErrorClass::kOther;
  }
}

base::Status SqlStatus(int error_number, std::string message) {
  return base::Status(CodeFor(ClassifySqlError(error_number)),
                      std::move(message), std::to_string(error_number));
}

int SqlErrorNumber(const base::Status& status) {
  const std::string& detail = status.detail();
  int number = 0;
  auto [end, error] =
      std::from_chars(detail.data(), detail.data() + detail.size(), number);
  bool whole = error == std::errc() && end == detail.data() + detail.size();
  return whole ? number : 0;
}

SqlErrorClass ClassOfStatus(const base::Status& status) {
  if (status.ok()) return SqlErrorClass::kNone;
  int number = SqlErrorNumber(status);
  return number == 0 ? SqlErrorClass::kOther : ClassifySqlError(number);
}

bool IsTransient(SqlErrorClass error_class) {
  return error_class == SqlErrorClass::kRetry ||
         error_class == SqlErrorClass::kReconnect ||
         error_class == SqlErrorClass::kFailover ||
         error_class == SqlErrorClass::kOverload;
}

}  // namespace vexaa::store
