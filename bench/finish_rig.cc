#include "bench/finish_rig.h"

#include "bench/must.h"
#include "lib/base/digest.h"
#include "lib/jobs/profile.h"
#include "lib/objects/output_identity.h"

namespace vexaa::bench {
namespace {

constexpr char kSource[] = "s3://bench/talk.mp4";
constexpr int kClaimBatch = 20;

store::SqlOptions OptionsOf(const std::string& place) {
  store::SqlOptions options;
  size_t colon = place.find(':'), slash = place.find('/');
  options.host = place.substr(0, colon);
  options.port = std::stoi(place.substr(colon + 1, slash - colon - 1));
  options.database = place.substr(slash + 1);
  options.user = "root";
  options.tls = store::TlsMode::kOff;
  return options;
}

std::optional<std::string> Environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

jobs::JobPlan PlanFor(const std::string& uri) {
  jobs::JobPlan plan;
  jobs::OutputPlan& output = plan.outputs.emplace_back();
  output.uri = uri;
  output.profile = *jobs::FindBuiltInProfile("mp3-128k");
  return plan;
}

}  // namespace

FinishRig::FinishRig(bool s3)
    : options_(OptionsOf(Env("DATABASE"))),
      pool_(options_, clock),
      store_(pool_),
      connection_(Must(store::SqlConnection::Open(options_))) {
  if (s3) {
    objects::StoreConfig config;
    config.name = "bench";
    config.endpoint = Env("VEXAA_S3_ENDPOINT");
    config.allow_http = true;
    config.buckets = {"bench"};
    access_ = Must(objects::S3Access::Open(config, Environment, clock));
    stores_ = objects::StoreSet(&access_->store(), nullptr);
    base_ = "s3://bench/out/";
  } else {
    folder_ = std::make_unique<objects::FolderStore>(
        std::vector<std::string>{Env("FOLDER")});
    stores_ = objects::StoreSet(nullptr, folder_.get());
    base_ = "file://" + Env("FOLDER") + "/out/";
  }
}

Done FinishRig::Finish(const jobs::Job& job, const jobs::JobPlan& plan) {
  const jobs::OutputPlan& output = plan.outputs[0];
  Done done{job, Must(stores_.Find(output.uri)), {}, {}};
  objects::ObjectStore& store = *done.place.store;
  std::string token = jobs::AttemptToken(job);
  objects::StageOptions options{
      .content_type = "audio/mpeg",
      .metadata = objects::MetadataOf(
          objects::IdentityOf(token, kSource, output.profile.name,
                              jobs::OutputFingerprint(output, plan.clip))),
      .stage_name = jobs::PodNameFor(job.attempt_id())};
  std::string upload = Must(store.Stage(done.place.path, options, {}));
  std::string content = "audio of " + token;
  objects::Part part = Must(store.PutPart(done.place.path, upload, 1, 8 << 20,
                                          base::AsBytes(content), {}));
  done.staged = Must(store.Seal(done.place.path, upload, {part}));
  jobs::OutputResult result;
  result.upload_id = upload;
  result.part_count = done.staged.part_count;
  result.bytes = done.staged.size_bytes;
  result.parts_digest = done.staged.digest;
  done.outcome.attempt = job.attempt_id();
  done.outcome.token = token;
  done.outcome.reason = jobs::Reason::kSucceeded;
  done.outcome.message = "staged";
  done.outcome.outputs = {result};
  return done;
}

std::vector<Done> FinishRig::Prepare(int count) {
  ++batch_;
  for (int i = 0; i < count; ++i)
    Must(connection_->Run("INSERT INTO jobs (source_uri) VALUES ('" +
                          std::string(kSource) + "')"));
  std::vector<Done> all;
  while (all.size() < static_cast<size_t>(count)) {
    auto claimed = Must(store_.Claim(
        {"default", kClaimBatch, kSelf, base::RandomHex(16), std::nullopt}));
    MustBe(!claimed.empty(), "a job was claimed");
    for (const jobs::Job& job : claimed) {
      jobs::JobPlan plan = PlanFor(base_ + std::to_string(batch_) + "/" +
                                   std::to_string(job.id.value()) + ".mp3");
      MustBe(Must(store_.FixPlan(job.attempt_id(), plan)), "plan fixed");
      all.push_back(Finish(job, plan));
    }
  }
  return all;
}

size_t FinishRig::Succeeded() {
  auto rows = Must(connection_->Query(
      "SELECT COUNT(*) FROM jobs WHERE state = 'succeeded'"));
  return rows.at(0).Uint(0);
}

void FinishRig::BareRow(const Done& done) {
  jobs::AttemptId attempt = done.job.attempt_id();
  MustBe(Must(store_.MarkRunning(attempt, {jobs::PodNameFor(attempt), "node"})),
         "running");
  MustBe(Must(store_.BeginPublish(attempt, kSelf, done.outcome)), "publishing");
  MustBe(!Must(store_.MarkSucceeded({{attempt}})).empty(), "succeeded");
}

// Complete lists the parts and compares them before it sends.
void FinishRig::BareObject(const Done& done) {
  objects::ObjectStore& store = *done.place.store;
  const objects::ObjectPath& path = done.place.path;
  MustBe(store.Head(path, {}).status().code() == base::Code::kNotFound, "free");
  Must(
      store.Complete(path, done.outcome.outputs[0].upload_id, done.staged, {}));
}

}  // namespace vexaa::bench
