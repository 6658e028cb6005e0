// Brings a schema up to date with the compiled-in migrations. Writes the table
// schema_migrations(version, dirty) as golang-migrate's MySQL driver does, so
// either tool can go on where the other stopped. Safe to run again and by two
// at once (GET_LOCK). Needs an account that owns the schema; no SUPER.
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "lib/base/status.h"
#include "lib/store/migrations.h"
#include "lib/store/sql_connection.h"

namespace vexaa::store {

struct SchemaVersion {
  int version = 0;  // 0: nothing there yet
  bool dirty = false;
};

struct MigrationReport {
  int from = 0;
  int to = 0;
};

// `options` with an hour for each reply: a step that changes a large table is
// not to be cut off. Open the connection that is given to Migrate() with it.
SqlOptions ForMigration(SqlOptions options);

// kFailedPrecondition: a step was cut off earlier (the message says what to
// do). kUnavailable: another migration held the lock for all of `patience`.
// A schema newer than we know is left alone.
base::Result<MigrationReport> Migrate(
    SqlConnection& connection, std::span<const Migration> migrations,
    std::chrono::seconds patience = std::chrono::seconds(60));

base::Result<SchemaVersion> ReadSchemaVersion(SqlConnection& connection);

// OK when the schema is clean and at least at `needed`; else says which
// command to run.
base::Status CheckSchemaVersion(const SchemaVersion& found, int needed);

}  // namespace vexaa::store
