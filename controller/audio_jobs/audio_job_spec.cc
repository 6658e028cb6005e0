#include "controller/audio_jobs/audio_job_spec.h"

#include <nlohmann/json.hpp>

#include "lib/base/digest.h"
#include "lib/base/time_text.h"
#include "lib/jobs/reason.h"

namespace vexaa::controller {
namespace {

using Json = nlohmann::json;

// The defaults of the table, for servers whose schema has lost its own.
constexpr char kDefaultProfile[] = "mp3-128k";
constexpr char kDefaultQueue[] = "default";
constexpr int kDefaultAttempts = 5;
constexpr int kDefaultTimeoutSeconds = 3600;

base::Status Wrong(const char* field, const char* rule) {
  return jobs::Fail(jobs::Reason::kInvalidJob,
                    "spec." + std::string(field) + " " + rule);
}

class SpecReader {
 public:
  explicit SpecReader(std::string_view json)
      : spec_(Json::parse(json, nullptr, false)) {}

  base::Status status() const { return status_; }

  std::string Text(const char* field, const char* otherwise = "") {
    const Json* value = Find(field);
    if (value == nullptr) return otherwise;
    if (value->is_string()) return value->get<std::string>();
    status_ = Wrong(field, "must be a text");
    return "";
  }
  int Whole(const char* field, int otherwise) {
    const Json* value = Find(field);
    if (value == nullptr) return otherwise;
    if (value->is_number_integer() && *value >= -1'000'000 &&
        *value <= 1'000'000)
      return value->get<int>();
    status_ = Wrong(field, "must be a whole number");
    return 0;
  }
  // As JSON text; empty when absent.
  std::string Object(const char* field) {
    const Json* value = Find(field);
    if (value == nullptr) return "";
    if (value->is_object()) return value->dump();
    status_ = Wrong(field, "must be an object");
    return "";
  }
  std::optional<base::Time> Time(const char* field) {
    std::string text = Text(field);
    if (text.empty()) return std::nullopt;
    auto time = base::ParseRfc3339(text);
    if (time.ok()) return *time;
    status_ = Wrong(field, "must be a time like 2026-11-21T08:00:00Z");
    return std::nullopt;
  }

 private:
  const Json* Find(const char* field) const {
    if (!spec_.is_object()) return nullptr;
    auto found = spec_.find(field);
    return found == spec_.end() || found->is_null() ? nullptr : &*found;
  }

  const Json spec_;
  base::Status status_;
};

}  // namespace

base::Result<store::ResourceJob> RowOf(const kube::AudioJob& job,
                                       std::string_view name_space) {
  SpecReader spec(job.spec);
  store::ResourceJob row;
  row.cr_namespace = name_space;
  row.cr_name = job.name;
  row.cr_uid = job.uid;
  row.source_uri = spec.Text("sourceURI");
  row.output_uri = spec.Text("outputURI");
  row.profile = spec.Text("profile", kDefaultProfile);
  row.options = spec.Object("options");
  row.queue_name = spec.Text("queueName", kDefaultQueue);
  row.batch = spec.Text("batch");
  row.priority = spec.Whole("priority", 0);
  row.run_at = spec.Time("runAt");
  row.max_attempts = spec.Whole("maxAttempts", kDefaultAttempts);
  row.timeout_seconds = spec.Whole("timeoutSeconds", kDefaultTimeoutSeconds);
  row.idempotency_key = spec.Text("idempotencyKey");
  row.labels = spec.Object("labels");
  RETURN_IF_ERROR(spec.status());
  if (row.source_uri.empty()) return Wrong("sourceURI", "is missing");
  return row;
}

std::string SpecDigest(std::string_view spec_json) {
  Json spec = Json::parse(spec_json, nullptr, false);
  if (spec.is_object()) spec.erase("priority");
  return base::Hex(base::Sha256(base::AsBytes(spec.dump())));
}

}  // namespace vexaa::controller
