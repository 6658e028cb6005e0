#include "controller/local/attempt_record.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "lib/base/time_text.h"

namespace vexaa::controller {
namespace {

using Json = nlohmann::ordered_json;
using base::Code;
using base::Result;
using base::Status;

// Field 22 of proc(5)'s stat, counted after "PID (NAME) ".
constexpr int kStartTimeField = 22 - 3;

std::string Dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Status NotReadable(const char* what, const std::exception& error) {
  return Status(Code::kDataLoss,
                std::string(what) + " is not readable: " + error.what());
}

// Takes a number and the space after it off the front.
template <typename T>
bool TakeNumber(std::string_view& text, T& value) {
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data() + text.size() || *end != ' ')
    return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()) + 1);
  return true;
}

bool SkipFields(std::string_view& text, int count) {
  for (; count > 0; --count) {
    size_t space = text.find(' ');
    if (space == std::string_view::npos) return false;
    text.remove_prefix(space + 1);
  }
  return true;
}

}  // namespace

std::string FormatRecord(const AttemptRecord& record) {
  Json json;
  json["version"] = 1;
  json["name"] = record.name;
  json["uid"] = record.uid;
  json["bootId"] = record.boot_id;
  json["labels"] = record.labels;
  json["createdAt"] = base::FormatRfc3339(record.created_at);
  json["timeoutSeconds"] = record.timeout_seconds;
  return Dump(json);
}

Result<AttemptRecord> ParseRecord(std::string_view text) {
  try {
    Json json = Json::parse(text);
    AttemptRecord record;
    record.name = json.at("name").get<std::string>();
    record.uid = json.at("uid").get<std::string>();
    record.boot_id = json.at("bootId").get<std::string>();
    record.labels = json.at("labels").get<std::map<std::string, std::string>>();
    record.timeout_seconds = json.at("timeoutSeconds").get<int>();
    ASSIGN_OR_RETURN(
        record.created_at,
        base::ParseRfc3339(json.at("createdAt").get<std::string>()));
    return record;
  } catch (const nlohmann::json::exception& error) {
    return NotReadable("pod.json", error);
  }
}

std::optional<ProcessId> ParseProcStat(std::string_view stat) {
  // A process may be named "x) 1 (y": only the last bracket counts.
  size_t bracket = stat.rfind(')');
  if (bracket == std::string_view::npos || bracket + 2 > stat.size())
    return std::nullopt;
  std::string_view rest = stat.substr(bracket + 2);
  ProcessId id;
  if (!TakeNumber(stat, id.pid) || id.pid <= 0) return std::nullopt;
  if (!SkipFields(rest, kStartTimeField) || !TakeNumber(rest, id.start_time))
    return std::nullopt;
  return id;
}

std::string FormatExit(const ExitStatus& exit) {
  Json json;
  json["code"] = exit.code;
  json["signal"] = exit.signal;
  json["finishedAt"] = base::FormatRfc3339(exit.finished_at);
  return Dump(json);
}

Result<ExitStatus> ParseExit(std::string_view text) {
  try {
    Json json = Json::parse(text);
    ExitStatus exit;
    exit.code = json.at("code").get<int>();
    exit.signal = json.at("signal").get<int>();
    ASSIGN_OR_RETURN(
        exit.finished_at,
        base::ParseRfc3339(json.at("finishedAt").get<std::string>()));
    return exit;
  } catch (const nlohmann::json::exception& error) {
    return NotReadable("exit", error);
  }
}

}  // namespace vexaa::controller
