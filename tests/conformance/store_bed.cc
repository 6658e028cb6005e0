#include "tests/conformance/store_bed.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>

#include "lib/base/digest.h"
#include "lib/store/migrator.h"

namespace vexaa::store {
namespace {

std::map<Server, std::unique_ptr<TestDatabase>>& SharedDatabases() {
  static std::map<Server, std::unique_ptr<TestDatabase>> databases;
  return databases;
}

class DropShared : public ::testing::Environment {
 public:
  void TearDown() override { SharedDatabases().clear(); }
};

const auto* const kDropShared =
    ::testing::AddGlobalTestEnvironment(new DropShared);

template <typename T>
T Must(base::Result<T> result) {
  if (result.ok()) return std::move(*result);
  std::cerr << result.status() << "\n";
  std::abort();
}

void Must(const base::Status& status) {
  if (status.ok()) return;
  std::cerr << status << "\n";
  std::abort();
}

}  // namespace

std::string ServerName(Server server) {
  return server == Server::kMariaDb ? "MariaDb" : "MySql";
}

std::string ServerVariable(Server server) {
  return server == Server::kMariaDb ? "VEXAA_TEST_MARIADB" : "VEXAA_TEST_MYSQL";
}

std::optional<SqlOptions> ServerOptions(Server server) {
  const char* value = std::getenv(ServerVariable(server).c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  std::string place = value;
  size_t colon = place.rfind(':');
  SqlOptions options;
  options.host = place.substr(0, colon);
  options.port = std::stoi(place.substr(colon + 1));
  options.user = "root";
  options.tls = TlsMode::kOff;
  return options;
}

TestDatabase::TestDatabase(const SqlOptions& server) : options_(server) {
  options_.database.clear();
  auto connection = Must(SqlConnection::Open(options_));
  options_.database = "vexaa_test_" + base::RandomHex(6);
  Must(connection->Run("CREATE DATABASE " + options_.database));
}

TestDatabase::~TestDatabase() {
  auto connection = SqlConnection::Open(options_);
  if (connection.ok())
    (void)(*connection)->Run("DROP DATABASE " + options_.database);
}

std::unique_ptr<SqlConnection> TestDatabase::Connect() const {
  return Must(SqlConnection::Open(options_));
}

void TestDatabase::Migrate() const {
  auto connection = Must(SqlConnection::Open(ForMigration(options_)));
  Must(store::Migrate(*connection, EmbeddedMigrations()));
}

TestDatabase& SharedDatabase(Server server) {
  auto& database = SharedDatabases()[server];
  if (!database) {
    database = std::make_unique<TestDatabase>(*ServerOptions(server));
    database->Migrate();
  }
  auto connection = database->Connect();
  MustRun(*connection, "DELETE FROM jobs");
  MustRun(*connection, "DELETE FROM stale_uploads");
  MustRun(*connection, "DELETE FROM queues WHERE name <> 'default'");
  MustRun(*connection, "UPDATE queues SET state = 'active'");
  return *database;
}

std::string Cell(SqlConnection& connection, const std::string& sql) {
  auto rows = connection.Query(sql);
  EXPECT_TRUE(rows.ok()) << rows.status();
  return rows.ok() && !rows->empty() ? rows->front().Text(0) : "";
}

void MustRun(SqlConnection& connection, const std::string& sql) {
  base::Status status = connection.Run(sql);
  EXPECT_TRUE(status.ok()) << status << "\n" << sql;
}

}  // namespace vexaa::store
