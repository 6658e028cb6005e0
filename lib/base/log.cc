#include "lib/base/log.h"

#include <nlohmann/json.hpp>

#include "lib/base/time_text.h"

namespace vexaa::base {
namespace {

using Json = nlohmann::ordered_json;

// Bytes that are not UTF-8 are replaced, never thrown about.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string JsonLine(LogLevel level, Time time, std::string_view message,
                     const LogFields& fields) {
  Json line;
  line["ts"] = FormatRfc3339(time);
  line["level"] = LogLevelName(level);
  line["msg"] = message;
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { line[field.key] = value; },
               field.value);
  }
  return Dump(line);
}

std::string TextLine(LogLevel level, Time time, std::string_view message,
                     const LogFields& fields) {
  std::string line = FormatRfc3339(time).substr(11, 12);
  line += " " + std::string(LogLevelName(level)) + " " + std::string(message);
  for (const LogField& field : fields) {
    line += " " + field.key + "=";
    std::visit([&](const auto& value) { line += Dump(Json(value)); },
               field.value);
  }
  return line;
}

}  // namespace

std::string_view LogLevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

Result<LogLevel> ParseLogLevel(std::string_view name) {
  for (LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    if (name == LogLevelName(level)) return level;
  }
  return Status(Code::kInvalidArgument,
                "unknown log level '" + std::string(name) +
                    "'; use debug, info, warn or error");
}

Result<LogFormat> ParseLogFormat(std::string_view name) {
  if (name == "json") return LogFormat::kJson;
  if (name == "text") return LogFormat::kText;
  return Status(
      Code::kInvalidArgument,
      "unknown log format '" + std::string(name) + "'; use json or text");
}

std::string FormatLogLine(LogFormat format, LogLevel level, Time time,
                          std::string_view message, const LogFields& fields) {
  return format == LogFormat::kJson ? JsonLine(level, time, message, fields)
                                    : TextLine(level, time, message, fields);
}

void Logger::Write(LogLevel level, std::string_view message,
                   const LogFields& fields) {
  if (level < least_) return;
  std::string line =
      FormatLogLine(format_, level, clock_.Now(), message, fields) + "\n";
  std::lock_guard lock(mutex_);
  out_ << line << std::flush;
}

}  // namespace vexaa::base
