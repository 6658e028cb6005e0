#include "lib/store/migrator.h"

#include <string>

#include "lib/store/job_sql.h"
#include "lib/store/sql_error.h"

namespace vexaa::store {
namespace {

constexpr int kNoSuchTable = 1146;

// The version before; numbers may have gaps.
int VersionBefore(std::span<const Migration> migrations, int version) {
  int before = 0;
  for (const Migration& migration : migrations)
    if (migration.version < version) before = migration.version;
  return before;
}

std::string NameOf(std::span<const Migration> migrations, int version) {
  for (const Migration& migration : migrations)
    if (migration.version == version) return std::string(migration.name);
  return "not one of ours";
}

base::Status DirtyStatus(std::span<const Migration> migrations, int version) {
  std::string name = NameOf(migrations, version);
  std::string before = std::to_string(VersionBefore(migrations, version));
  return base::Status(
      base::Code::kFailedPrecondition,
      "migration " + std::to_string(version) + " (" + name +
          ") was cut off earlier. If it is a procedure, DROP PROCEDURE IF "
          "EXISTS first; then UPDATE schema_migrations SET version = " +
          before + ", dirty = 0, and run migrate again (db/README.md)");
}

// Holds the server-wide lock of this schema until it goes out of scope or its
// connection ends.
class MigrationLock {
 public:
  explicit MigrationLock(SqlConnection& connection) : connection_(connection) {}
  ~MigrationLock() {
    if (held_) (void)connection_.Query(sql::kMigrationUnlock);
  }
  MigrationLock(const MigrationLock&) = delete;
  MigrationLock& operator=(const MigrationLock&) = delete;

  // Waits a second at a time: a reply must come before the read timeout.
  base::Status Take(std::chrono::seconds patience) {
    for (auto left = patience; left.count() > 0 && !held_;
         left -= std::chrono::seconds(1)) {
      ASSIGN_OR_RETURN(SqlRows rows, connection_.Query(sql::kMigrationLock));
      held_ = rows.at(0).Int(0) == 1;
    }
    if (held_) return base::Status::Ok();
    return base::Status(base::Code::kUnavailable,
                        "another migration of this schema is still running; "
                        "SHOW PROCESSLIST names it");
  }

 private:
  SqlConnection& connection_;
  bool held_ = false;
};

base::Status WriteVersion(SqlConnection& connection, int version, bool dirty) {
  RETURN_IF_ERROR(connection.Begin());
  auto removed = connection.Execute(sql::kDeleteSchemaVersion);
  if (!removed.ok()) return removed.status();
  auto added = connection.Execute(
      sql::kInsertSchemaVersion,
      {static_cast<int64_t>(version), static_cast<int64_t>(dirty ? 1 : 0)});
  if (!added.ok()) return added.status();
  return connection.Commit();
}

base::Status Apply(SqlConnection& connection, const Migration& migration) {
  RETURN_IF_ERROR(WriteVersion(connection, migration.version, true));
  base::Status status = connection.Run(std::string(migration.up));
  if (!status.ok())
    return status.WithContext("migration " + std::to_string(migration.version) +
                              " (" + std::string(migration.name) + ")");
  return WriteVersion(connection, migration.version, false);
}

}  // namespace

SqlOptions ForMigration(SqlOptions options) {
  options.io_timeout_seconds = 3600;
  return options;
}

base::Result<SchemaVersion> ReadSchemaVersion(SqlConnection& connection) {
  auto rows = connection.Query(sql::kReadSchemaVersion);
  if (!rows.ok()) {
    if (SqlErrorNumber(rows.status()) == kNoSuchTable) return SchemaVersion{};
    return rows.status();
  }
  if (rows->empty()) return SchemaVersion{};
  const SqlRow& row = rows->front();
  return SchemaVersion{static_cast<int>(row.Int(0)), row.Int(1) != 0};
}

base::Result<MigrationReport> Migrate(SqlConnection& connection,
                                      std::span<const Migration> migrations,
                                      std::chrono::seconds patience) {
  MigrationLock lock(connection);
  RETURN_IF_ERROR(lock.Take(patience));
  RETURN_IF_ERROR(connection.Run(sql::kCreateSchemaMigrations));
  ASSIGN_OR_RETURN(SchemaVersion found, ReadSchemaVersion(connection));
  if (found.dirty) return DirtyStatus(migrations, found.version);
  MigrationReport report{found.version, found.version};
  for (const Migration& migration : migrations) {
    if (migration.version <= found.version) continue;
    RETURN_IF_ERROR(Apply(connection, migration));
    report.to = migration.version;
  }
  return report;
}

base::Status CheckSchemaVersion(const SchemaVersion& found, int needed) {
  if (found.dirty) return DirtyStatus(EmbeddedMigrations(), found.version);
  if (found.version >= needed) return base::Status::Ok();
  return base::Status(base::Code::kFailedPrecondition,
                      "the schema is at version " +
                          std::to_string(found.version) + " and " +
                          std::to_string(needed) +
                          " is needed: run vexaa-controller migrate as the "
                          "schema's owner");
}

}  // namespace vexaa::store
