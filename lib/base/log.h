// Structured logs: one line a record, JSON for machines or text for people.
// A message is constant text in the past tense; what varies goes into fields
// with lowerCamelCase keys. Never a secret, never a signed URL. Thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/status.h"

namespace vexaa::base {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kJson, kText };

std::string_view LogLevelName(LogLevel level);
Result<LogLevel> ParseLogLevel(std::string_view name);
Result<LogFormat> ParseLogFormat(std::string_view name);

struct LogField {
  using Value = std::variant<std::string, int64_t, uint64_t, double, bool>;
  LogField(std::string_view key, std::string_view value)
      : key(key), value(std::string(value)) {}
  LogField(std::string_view key, const char* value)
      : key(key), value(std::string(value)) {}
  LogField(std::string_view key, const std::string& value)
      : key(key), value(value) {}
  LogField(std::string_view key, const Status& value)
      : key(key), value(value.ToString()) {}
  LogField(std::string_view key, bool value) : key(key), value(value) {}
  LogField(std::string_view key, double value) : key(key), value(value) {}
  template <typename T>
  requires(std::is_integral_v<T>&& std::is_signed_v<T>)
      LogField(std::string_view key, T value)
      : key(key), value(static_cast<int64_t>(value)) {}
  template <typename T>
  requires(std::is_integral_v<T>&& std::is_unsigned_v<T>)
      LogField(std::string_view key, T value)
      : key(key), value(static_cast<uint64_t>(value)) {}

  std::string key;
  Value value;
};

using LogFields = std::vector<LogField>;

// One record as a line without its newline. Pure.
std::string FormatLogLine(LogFormat format, LogLevel level, Time time,
                          std::string_view message, const LogFields& fields);

class Logger {
 public:
  // `out` and `clock` must outlive the logger; it is the only writer to `out`.
  Logger(std::ostream& out, LogFormat format, LogLevel least,
         const Clock& clock)
      : out_(out), format_(format), least_(least), clock_(clock) {}

  void Debug(std::string_view message, LogFields fields = {}) {
    Write(LogLevel::kDebug, message, fields);
  }
  void Info(std::string_view message, LogFields fields = {}) {
    Write(LogLevel::kInfo, message, fields);
  }
  void Warn(std::string_view message, LogFields fields = {}) {
    Write(LogLevel::kWarn, message, fields);
  }
  void Error(std::string_view message, LogFields fields = {}) {
    Write(LogLevel::kError, message, fields);
  }

 private:
  void Write(LogLevel level, std::string_view message, const LogFields& fields);

  std::ostream& out_;
  const LogFormat format_;
  const LogLevel least_;
  const Clock& clock_;
  std::mutex mutex_;
};

}  // namespace vexaa::base
