#include "controller/app.h"

#include <fstream>
#include <sstream>

#include "controller/controller.h"
#include "lib/store/migrations.h"
#include "lib/store/migrator.h"

namespace vexaa::controller {
namespace {

using base::Code;
using base::ExitCode;
using base::Status;

store::TlsMode TlsModeOf(Tls tls) {
  switch (tls) {
    case Tls::kOff:
      return store::TlsMode::kOff;
    case Tls::kVerifyCa:
      return store::TlsMode::kVerifyCa;
    case Tls::kVerifyFull:
      return store::TlsMode::kVerifyFull;
  }
  return store::TlsMode::kVerifyFull;
}

base::Result<std::string> ReadSecretFile(const std::string& path) {
  std::ifstream file(path);
  if (!file)
    return Status(Code::kInvalidArgument,
                  "database.passwordFile: cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  std::string secret = text.str();
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r'))
    secret.pop_back();
  return secret;
}

base::Result<store::SqlOptions> SqlOptionsOf(const DatabaseConfig& config) {
  std::string password = config.password;
  if (password.empty() && !config.password_file.empty()) {
    ASSIGN_OR_RETURN(password, ReadSecretFile(config.password_file));
  }
  return store::SqlOptions{.host = config.host,
                           .port = config.port,
                           .socket = config.socket,
                           .user = config.user,
                           .password = password,
                           .database = config.name,
                           .tls = TlsModeOf(config.tls),
                           .ca_file = config.ca_file};
}

Status CheckSchema(const store::SqlOptions& options) {
  ASSIGN_OR_RETURN(auto connection, store::SqlConnection::Open(options));
  ASSIGN_OR_RETURN(store::SchemaVersion found,
                   store::ReadSchemaVersion(*connection));
  return store::CheckSchemaVersion(found,
                                   store::EmbeddedMigrations().back().version);
}

ExitCode CodeOf(const Status& status) {
  if (status.ok()) return ExitCode::kOk;
  if (status.code() == Code::kUnavailable) return ExitCode::kUnavailable;
  return ExitCode::kConfig;
}

}  // namespace

ExitCode RunController(const Config& config,
                       const config::EnvironmentLookup& environment,
                       base::Logger& log, std::stop_token stop) {
  base::SystemClock clock;
  base::Result<store::SqlOptions> sql = SqlOptionsOf(config.database);
  Status status = sql.ok() ? CheckSchema(*sql) : sql.status();
  if (!status.ok()) {
    log.Error("Could not use the database", {{"err", status}});
    return CodeOf(status);
  }
  Controller controller(config, log, clock, std::move(*sql), stop);
  status = controller.Open(environment);
  if (!status.ok()) {
    log.Error("Could not start", {{"err", status}});
    return CodeOf(status);
  }
  status = controller.Run(stop);
  if (!status.ok()) log.Error("Could not go on", {{"err", status}});
  log.Info("Controller stopped");
  return CodeOf(status);
}

ExitCode RunMigrations(const Config& config, base::Logger& log) {
  base::Result<store::SqlOptions> sql = SqlOptionsOf(config.database);
  if (!sql.ok()) {
    log.Error("Could not use the database", {{"err", sql.status()}});
    return CodeOf(sql.status());
  }
  auto connection = store::SqlConnection::Open(store::ForMigration(*sql));
  if (!connection.ok()) {
    log.Error("Could not connect", {{"err", connection.status()}});
    return CodeOf(connection.status());
  }
  auto report = store::Migrate(**connection, store::EmbeddedMigrations());
  if (!report.ok()) {
    log.Error("Could not migrate", {{"err", report.status()}});
    return CodeOf(report.status());
  }
  log.Info(report->from == report->to ? "Schema was up to date already"
                                      : "Schema migrated",
           {{"from", report->from}, {"to", report->to}});
  return ExitCode::kOk;
}

}  // namespace vexaa::controller
