#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>

#include "controller/app.h"
#include "controller/config.h"
#include "lib/base/clock.h"
#include "lib/base/exit_code.h"
#include "lib/base/log.h"
#include "lib/base/stop_signal.h"
#include "lib/base/version.h"
#include "lib/config/config_help.h"

namespace {

using vexaa::base::ExitCode;
namespace config = vexaa::config;
namespace controller = vexaa::controller;

struct Options {
  std::string config_file;
  std::string log_format;
  std::string log_level;
  bool check_config = false;
  bool config_help = false;
  bool migrate = false;
};

std::optional<std::string> Environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

void Describe(CLI::App& cli, Options& options) {
  cli.set_version_flag("--version", vexaa::base::kVersion);
  cli.add_option("--config", options.config_file,
                 "YAML file; every key may also be given as VEXAA_<KEY>");
  cli.add_option("--log-format", options.log_format, "json or text");
  cli.add_option("--log-level", options.log_level,
                 "debug, info, warn or error");
  cli.add_flag("--check-config", options.check_config,
               "say whether the configuration is right, and end");
  cli.add_flag("--config-help", options.config_help,
               "print a configuration with every key, default and meaning");
  cli.add_subcommand("migrate", "bring the database schema up to date, and end")
      ->fallthrough()
      ->callback([&options] { options.migrate = true; });
  cli.footer(
      "Exit codes: 0 stopped as asked, 64 wrong flags, 69 a service is not "
      "there,\n78 the configuration or the schema is wrong.");
}

// Nothing when the file cannot be read.
std::optional<config::ConfigSources> ReadSources(const Options& options) {
  config::ConfigSources sources{
      .file_name = options.config_file, .text = "", .environment = Environment};
  if (!options.log_format.empty())
    sources.flags["log.format"] = options.log_format;
  if (!options.log_level.empty())
    sources.flags["log.level"] = options.log_level;
  if (options.config_file.empty()) return sources;
  std::ifstream file(options.config_file);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  sources.text = text.str();
  return sources;
}

int Fail(ExitCode code, const std::string& message) {
  std::cerr << "vexaa-controller: " << message << "\n";
  return static_cast<int>(code);
}

int Run(const Options& options) {
  if (options.config_help) {
    std::cout << config::FormatConfigHelp(controller::ConfigFields());
    return 0;
  }
  auto sources = ReadSources(options);
  if (!sources)
    return Fail(ExitCode::kConfig, "cannot read " + options.config_file);
  auto loaded = controller::LoadConfig(*sources);
  if (!loaded.ok())
    return Fail(ExitCode::kConfig,
                "the configuration is wrong:\n" + loaded.status().message());
  if (options.check_config) {
    std::cout << "the configuration is right\n";
    return 0;
  }
  vexaa::base::StopSignal stop;
  vexaa::base::SystemClock clock;
  vexaa::base::Logger log(std::cout, loaded->log_format, loaded->log_level,
                          clock);
  ExitCode code =
      options.migrate
          ? controller::RunMigrations(*loaded, log)
          : controller::RunController(*loaded, Environment, log, stop.token());
  return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli(
      "VExAA's controller: claims jobs from the database, has runners do them "
      "and publishes what they made.");
  Options options;
  Describe(cli, options);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    int code = cli.exit(error);
    return code == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  return Run(options);
}
