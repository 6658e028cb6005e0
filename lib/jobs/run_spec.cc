#include "lib/jobs/run_spec.h"

#include <nlohmann/json.hpp>

namespace vexaa::jobs {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

RunSpec FromJson(const Json& json) {
  RunSpec spec;
  spec.attempt = {JobId(json.at("job").get<uint64_t>()),
                  json.at("attempt").get<int>()};
  spec.token = json.at("token").get<std::string>();
  spec.source_uri = json.at("source").at("uri").get<std::string>();
  spec.timeout_seconds = json.value("timeoutSeconds", 0);
  spec.traceparent = json.value("traceparent", "");
  return spec;
}

base::Result<RunSpec> Checked(const Json& json) {
  if (json.at("version").get<int>() != kVersion)
    return Fail(Reason::kInvalidConfig,
                "the run spec has version " + json.at("version").dump() +
                    " and this runner knows version 1; use images of one "
                    "release for controller and runner");
  RunSpec spec = FromJson(json);
  ASSIGN_OR_RETURN(spec.plan, ParsePlan(json.at("plan").dump()));
  return spec;
}

}  // namespace

RunSpec MakeRunSpec(const Job& job, const JobPlan& plan) {
  return {.attempt = job.attempt_id(),
          .token = AttemptToken(job),
          .source_uri = job.source_uri,
          .plan = plan,
          .timeout_seconds = job.timeout_seconds,
          .traceparent = job.traceparent};
}

std::string FormatRunSpec(const RunSpec& spec) {
  Json json;
  json["version"] = kVersion;
  json["job"] = spec.attempt.job.value();
  json["attempt"] = spec.attempt.attempt;
  json["token"] = spec.token;
  json["source"]["uri"] = spec.source_uri;
  json["plan"] = Json::parse(FormatPlan(spec.plan));
  json["timeoutSeconds"] = spec.timeout_seconds;
  if (!spec.traceparent.empty()) json["traceparent"] = spec.traceparent;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

base::Result<RunSpec> ParseRunSpec(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  try {
    return Checked(json);
  } catch (const nlohmann::json::exception& error) {
    return Fail(Reason::kInvalidJob,
                std::string("the run spec is not readable: ") + error.what());
  }
}

}  // namespace vexaa::jobs
