// Databases of random names on the servers of the test bed, migrated, and
// dropped at the end of the program.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lib/store/sql_connection.h"

namespace vexaa::store {

enum class Server { kMariaDb, kMySql };

std::string ServerName(Server server);      // "MariaDb"
std::string ServerVariable(Server server);  // "VEXAA_TEST_MARIADB"
// How to reach it as root; nothing when its variable is not set.
std::optional<SqlOptions> ServerOptions(Server server);

// An empty database that is dropped with this object. Ends the program when
// the server refuses: no test can say anything then.
class TestDatabase {
 public:
  explicit TestDatabase(const SqlOptions& server);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const SqlOptions& options() const { return options_; }
  const std::string& name() const { return options_.database; }
  // A new connection to it.
  std::unique_ptr<SqlConnection> Connect() const;
  void Migrate() const;

 private:
  SqlOptions options_;
};

// One migrated database a server for the whole program, without rows.
TestDatabase& SharedDatabase(Server server);

// The first cell of the first row, "" when there is none.
std::string Cell(SqlConnection& connection, const std::string& sql);
// Runs `sql`; a test failure when the server refuses.
void MustRun(SqlConnection& connection, const std::string& sql);

// Skips the test when the server's variable is not set.
#define SKIP_WITHOUT(server)  \
  if (!ServerOptions(server)) \
  GTEST_SKIP() << ServerVariable(server) << " is not set: ./dev test starts one"

}  // namespace vexaa::store
