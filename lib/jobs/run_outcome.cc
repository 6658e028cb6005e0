#include "lib/jobs/run_outcome.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "lib/base/digest.h"
#include "lib/base/utf8.h"
#include "lib/jobs/job_plan.h"

namespace vexaa::jobs {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::string_view kCrcField = ",\"crc\":\"";
constexpr size_t kCrcDigits = 8;

// What the columns of the tables hold, and what S3 allows.
constexpr size_t kMaxUploadIdBytes = 1024;
constexpr size_t kMaxLanguageBytes = 16;
constexpr size_t kMaxEtagBytes = 255;
constexpr size_t kMaxNoteBytes = 120;
constexpr double kMaxLevel = 999.9;  // dB; silence has none, -infinity
constexpr uint64_t kMaxParts = 10'000;
constexpr uint64_t kMaxTrack = 65'535;
constexpr uint64_t kMaxAttempt = std::numeric_limits<int>::max();
constexpr double kMaxSpeed = 9'999'999;
constexpr double kMaxMediaSeconds = 999'999'999;

double Tenth(double value) {
  if (std::isnan(value)) return 0;
  return std::round(std::clamp(value, -kMaxLevel, kMaxLevel) * 10) / 10;
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Cut(std::string text, size_t max_bytes) {
  base::CutUtf8(text, max_bytes);
  return text;
}

Json ToJson(const OutputResult& output) {
  // A container may call its language anything.
  Json json{{"i", output.index},
            {"upload", output.upload_id},
            {"parts", output.part_count},
            {"bytes", output.bytes},
            {"digest", output.parts_digest},
            {"crc32", output.crc32},
            {"sha256", output.sha256_parts},
            {"samples", output.samples},
            {"ms", output.duration_ms},
            {"track", output.track},
            {"lang", Cut(output.language, kMaxLanguageBytes)}};
  if (!output.note.empty()) json["note"] = Cut(output.note, kMaxNoteBytes);
  if (output.loudness)
    json["loud"] = {Tenth(output.loudness->integrated_lufs),
                    Tenth(output.loudness->range_lu),
                    Tenth(output.loudness->true_peak_dbtp)};
  if (!output.gapless) json["gapless"] = false;
  if (output.skipped) json["skipped"] = true;
  return json;
}

Json ToJson(const RunOutcome& outcome) {
  Json json;
  json["v"] = kVersion;
  json["job"] = outcome.attempt.job.value();
  json["attempt"] = outcome.attempt.attempt;
  json["token"] = outcome.token;
  json["reason"] = ReasonName(outcome.reason);
  json["message"] = outcome.message;
  json["etag"] = Cut(outcome.source_etag, kMaxEtagBytes);
  json["size"] = outcome.source_bytes;
  json["read"] = outcome.bytes_read;
  json["cpuMs"] = outcome.cpu_ms;
  json["rss"] = outcome.peak_rss_bytes;
  json["mediaMs"] = outcome.media_ms;
  if (outcome.unknown_uploads) json["unknownUploads"] = true;
  json["outputs"] = Json::array();
  for (const OutputResult& output : outcome.outputs)
    json["outputs"].push_back(ToJson(output));
  return json;
}

// A runner that was taken over by its input can report anything: what does
// not fit the tables ends here.
[[noreturn]] void Refuse(const char* key, const char* what) {
  throw std::invalid_argument(std::string(key) + " " + what);
}

uint64_t Count(const Json& json, const char* key,
               uint64_t max = std::numeric_limits<uint64_t>::max()) {
  const Json& value = json.at(key);
  if (!value.is_number_unsigned() || value.get<uint64_t>() > max)
    Refuse(key, "is no count, or too high");
  return value.get<uint64_t>();
}

std::string Text(const Json& json, const char* key, size_t max_size) {
  std::string text = json.at(key).get<std::string>();
  if (text.size() > max_size) Refuse(key, "is too long");
  return text;
}

// Empty while a part of an output is not known.
std::string HexText(const Json& json, const char* key, size_t size) {
  std::string text = Text(json, key, size);
  if (text.find_first_not_of("0123456789abcdef") != std::string::npos)
    Refuse(key, "is not in hex");
  return text;
}

Loudness LoudnessFrom(const Json& json) {
  auto level = [&](size_t at) {
    double value = json.at(at).get<double>();
    if (!(std::abs(value) <= kMaxLevel)) Refuse("loud", "is out of range");
    return value;
  };
  return {level(0), level(1), level(2)};
}

OutputResult OutputFrom(const Json& json) {
  OutputResult output;
  output.index = static_cast<int>(Count(json, "i", kMaxOutputs - 1));
  output.upload_id = Text(json, "upload", kMaxUploadIdBytes);
  output.part_count = static_cast<int>(Count(json, "parts", kMaxParts));
  output.bytes = Count(json, "bytes");
  output.parts_digest = HexText(json, "digest", 64);
  output.crc32 = HexText(json, "crc32", 8);
  output.sha256_parts = HexText(json, "sha256", 64);
  output.samples = Count(json, "samples");
  output.duration_ms = Count(json, "ms");
  output.track = static_cast<int>(Count(json, "track", kMaxTrack));
  output.language = Text(json, "lang", kMaxLanguageBytes);
  if (json.contains("note")) output.note = Text(json, "note", kMaxNoteBytes);
  if (json.contains("loud")) output.loudness = LoudnessFrom(json.at("loud"));
  output.gapless = json.value("gapless", true);
  output.skipped = json.value("skipped", false);
  return output;
}

RunOutcome OutcomeFrom(const Json& json) {
  Count(json, "v", kVersion);
  RunOutcome outcome;
  outcome.attempt = {JobId(Count(json, "job")),
                     static_cast<int>(Count(json, "attempt", kMaxAttempt))};
  outcome.token = json.at("token").get<std::string>();
  outcome.reason = ParseReason(json.at("reason").get<std::string>())
                       .value_or(Reason::kInternal);
  outcome.message = json.at("message").get<std::string>();
  outcome.source_etag = Text(json, "etag", kMaxEtagBytes);
  outcome.source_bytes = Count(json, "size");
  outcome.bytes_read = Count(json, "read");
  outcome.cpu_ms = Count(json, "cpuMs");
  outcome.peak_rss_bytes = Count(json, "rss");
  outcome.media_ms = Count(json, "mediaMs");
  outcome.unknown_uploads = json.value("unknownUploads", false);
  const Json& outputs = json.at("outputs");
  if (!outputs.is_array() || outputs.size() > kMaxOutputs)
    Refuse("outputs", "is no list of at most 8");
  for (const Json& output : outputs)
    outcome.outputs.push_back(OutputFrom(output));
  return outcome;
}

// {"a":1} -> {"a":1,"crc":"<crc32 of {"a":1}>"}
std::string Sealed(const std::string& body) {
  std::string sealed = body.substr(0, body.size() - 1);
  sealed += kCrcField;
  sealed += base::Hex32(base::Crc32(base::AsBytes(body)));
  return sealed + "\"}";
}

base::Status Damaged(const std::string& what) {
  return base::Status(base::Code::kDataLoss, what);
}

// The body that Sealed() was given, when its CRC fits.
base::Result<std::string> Unsealed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.remove_suffix(1);
  size_t at = text.rfind(kCrcField);
  if (at == std::string_view::npos ||
      text.size() != at + kCrcField.size() + kCrcDigits + 2 ||
      !text.ends_with("\"}"))
    return Damaged("not a runner's outcome, or cut off");
  std::string body = std::string(text.substr(0, at)) + "}";
  std::string crc = base::Hex32(base::Crc32(base::AsBytes(body)));
  if (text.substr(at + kCrcField.size(), kCrcDigits) != crc)
    return Damaged("the outcome's checksum does not fit");
  return body;
}

// What is left to say when not even the list of outputs fits: their uploads
// are found by their keys.
RunOutcome TooLongToReport(const RunOutcome& outcome) {
  return {.attempt = outcome.attempt,
          .token = outcome.token,
          .reason = Reason::kInternal,
          .message = "the result of " + std::to_string(outcome.outputs.size()) +
                     " outputs is too long to report; ask for fewer",
          .source_etag = "",
          .source_bytes = outcome.source_bytes,
          .bytes_read = outcome.bytes_read,
          .cpu_ms = outcome.cpu_ms,
          .peak_rss_bytes = outcome.peak_rss_bytes,
          .media_ms = outcome.media_ms,
          .unknown_uploads = true,
          .outputs = {}};
}

// JSON has neither infinity nor NaN; estimates may overshoot.
double Rounded(double value, double max) {
  if (!std::isfinite(value)) return 0;
  return std::round(std::clamp(value, 0.0, max) * 100) / 100;
}

double Measure(const Json& json, const char* key, double max) {
  double value = json.at(key).get<double>();
  if (!(value >= 0 && value <= max)) Refuse(key, "is out of range");
  return value;
}

}  // namespace

std::string FormatRunOutcome(const RunOutcome& outcome) {
  std::string text = Sealed(Dump(ToJson(outcome)));
  RunOutcome shorter = outcome;
  while (text.size() > kMaxOutcomeBytes && !shorter.message.empty()) {
    base::CutUtf8(shorter.message, shorter.message.size() * 3 / 4);
    text = Sealed(Dump(ToJson(shorter)));
  }
  if (text.size() > kMaxOutcomeBytes) {
    for (OutputResult& output : shorter.outputs) output.note.clear();
    text = Sealed(Dump(ToJson(shorter)));
  }
  if (text.size() > kMaxOutcomeBytes)
    text = Sealed(Dump(ToJson(TooLongToReport(outcome))));
  return text;
}

base::Result<RunOutcome> ParseRunOutcome(std::string_view text) {
  if (text.size() > kMaxOutcomeBytes + 1)  // a newline may follow
    return Damaged("longer than any runner's outcome");
  ASSIGN_OR_RETURN(std::string body, Unsealed(text));
  try {
    return OutcomeFrom(Json::parse(body));
  } catch (const std::exception& error) {
    return Damaged(std::string("the outcome is not as expected: ") +
                   error.what());
  }
}

std::string FormatRunProgress(const RunProgress& progress) {
  return Dump(
      Json{{"percent", Rounded(progress.percent, 100)},
           {"speed", Rounded(progress.speed, kMaxSpeed)},
           {"mediaSeconds", Rounded(progress.media_seconds, kMaxMediaSeconds)},
           {"bytesRead", progress.bytes_read}});
}

base::Result<RunProgress> ParseRunProgress(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  try {
    return RunProgress{
        .percent = Measure(json, "percent", 100),
        .speed = Measure(json, "speed", kMaxSpeed),
        .media_seconds = Measure(json, "mediaSeconds", kMaxMediaSeconds),
        .bytes_read = Count(json, "bytesRead")};
  } catch (const std::exception& error) {
    return Damaged(std::string("not a progress report: ") + error.what());
  }
}

}  // namespace vexaa::jobs
