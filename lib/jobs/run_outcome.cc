#include "lib/jobs/run_outcome.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "lib/base/digest.h"

namespace vexaa::jobs {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::string_view kCrcField = ",\"crc\":\"";
constexpr size_t kCrcDigits = 8;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json ToJson(const OutputResult& output) {
  return Json{{"i", output.index},
              {"upload", output.upload_id},
              {"parts", output.part_count},
              {"bytes", output.bytes},
              {"digest", output.parts_digest},
              {"crc32", output.crc32},
              {"sha256", output.sha256_parts},
              {"samples", output.samples},
              {"ms", output.duration_ms},
              {"track", output.track},
              {"lang", output.language}};
}

Json ToJson(const RunOutcome& outcome) {
  Json json;
  json["v"] = kVersion;
  json["job"] = outcome.attempt.job.value();
  json["attempt"] = outcome.attempt.attempt;
  json["token"] = outcome.token;
  json["reason"] = ReasonName(outcome.reason);
  json["message"] = outcome.message;
  json["etag"] = outcome.source_etag;
  json["size"] = outcome.source_bytes;
  json["read"] = outcome.bytes_read;
  json["cpuMs"] = outcome.cpu_ms;
  json["rss"] = outcome.peak_rss_bytes;
  json["mediaMs"] = outcome.media_ms;
  json["outputs"] = Json::array();
  for (const OutputResult& output : outcome.outputs)
    json["outputs"].push_back(ToJson(output));
  return json;
}

OutputResult OutputFrom(const Json& json) {
  OutputResult output;
  output.index = json.at("i").get<int>();
  output.upload_id = json.at("upload").get<std::string>();
  output.part_count = json.at("parts").get<int>();
  output.bytes = json.at("bytes").get<uint64_t>();
  output.parts_digest = json.at("digest").get<std::string>();
  output.crc32 = json.at("crc32").get<std::string>();
  output.sha256_parts = json.at("sha256").get<std::string>();
  output.samples = json.at("samples").get<uint64_t>();
  output.duration_ms = json.at("ms").get<uint64_t>();
  output.track = json.at("track").get<int>();
  output.language = json.at("lang").get<std::string>();
  return output;
}

RunOutcome OutcomeFrom(const Json& json) {
  RunOutcome outcome;
  outcome.attempt = {JobId(json.at("job").get<uint64_t>()),
                     json.at("attempt").get<int>()};
  outcome.token = json.at("token").get<std::string>();
  outcome.reason = ParseReason(json.at("reason").get<std::string>())
                       .value_or(Reason::kInternal);
  outcome.message = json.at("message").get<std::string>();
  outcome.source_etag = json.at("etag").get<std::string>();
  outcome.source_bytes = json.at("size").get<uint64_t>();
  outcome.bytes_read = json.at("read").get<uint64_t>();
  outcome.cpu_ms = json.at("cpuMs").get<uint64_t>();
  outcome.peak_rss_bytes = json.at("rss").get<uint64_t>();
  outcome.media_ms = json.at("mediaMs").get<uint64_t>();
  for (const Json& output : json.at("outputs"))
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

// Cuts at a character's start, so that what stays is UTF-8.
void CutUtf8(std::string& text, size_t bytes) {
  if (text.size() <= bytes) return;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80)
    --bytes;
  text.resize(bytes);
}

}  // namespace

std::string FormatRunOutcome(const RunOutcome& outcome) {
  std::string text = Sealed(Dump(ToJson(outcome)));
  RunOutcome shorter = outcome;
  while (text.size() > kMaxOutcomeBytes && !shorter.message.empty()) {
    CutUtf8(shorter.message, shorter.message.size() * 3 / 4);
    text = Sealed(Dump(ToJson(shorter)));
  }
  return text;
}

base::Result<RunOutcome> ParseRunOutcome(std::string_view text) {
  ASSIGN_OR_RETURN(std::string body, Unsealed(text));
  try {
    return OutcomeFrom(Json::parse(body));
  } catch (const nlohmann::json::exception& error) {
    return Damaged(std::string("the outcome is not as expected: ") +
                   error.what());
  }
}

std::string FormatRunProgress(const RunProgress& progress) {
  auto rounded = [](double value) { return std::round(value * 100) / 100; };
  return Dump(Json{{"percent", rounded(progress.percent)},
                   {"speed", rounded(progress.speed)},
                   {"mediaSeconds", rounded(progress.media_seconds)},
                   {"bytesRead", progress.bytes_read}});
}

base::Result<RunProgress> ParseRunProgress(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  try {
    return RunProgress{.percent = json.at("percent").get<double>(),
                       .speed = json.at("speed").get<double>(),
                       .media_seconds = json.at("mediaSeconds").get<double>(),
                       .bytes_read = json.at("bytesRead").get<uint64_t>()};
  } catch (const nlohmann::json::exception& error) {
    return Damaged(std::string("not a progress report: ") + error.what());
  }
}

}  // namespace vexaa::jobs
