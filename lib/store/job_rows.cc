#include "lib/store/job_rows.h"

#include "lib/base/utf8.h"

namespace vexaa::store {
namespace {

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

std::vector<uint64_t> IdsOf(const SqlRows& rows) {
  std::vector<uint64_t> ids;
  for (const SqlRow& row : rows) ids.push_back(row.Uint(0));
  return ids;
}

std::vector<jobs::JobId> JobIdsOf(const SqlRows& rows) {
  std::vector<jobs::JobId> ids;
  for (const SqlRow& row : rows) ids.emplace_back(row.Uint(0));
  return ids;
}

SqlParams TextParams(const std::vector<std::string>& texts) {
  return SqlParams(texts.begin(), texts.end());
}

void AppendIds(SqlParams& params, const std::vector<uint64_t>& ids) {
  for (uint64_t id : ids) params.emplace_back(id);
}

std::string FitText(std::string_view text, size_t max_bytes) {
  // What is cut away need not be cleaned; one character is 4 bytes at most.
  std::string clean = base::CleanUtf8(text.substr(0, max_bytes + 4));
  base::CutUtf8(clean, max_bytes);
  return clean;
}

std::string FitTail(std::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) {
    text.remove_prefix(text.size() - max_bytes);
    while (!text.empty() && IsContinuation(text[0])) text.remove_prefix(1);
  }
  return base::CleanUtf8(text);
}

base::Result<jobs::Job> JobFromRow(const SqlRow& row) {
  auto state = jobs::ParseJobState(row.Text(10));
  auto reason = jobs::ParseReason(row.Text(11));
  if (!state || !reason)
    return base::Status(base::Code::kInternal,
                        "job " + row.Text(0) + " has state '" + row.Text(10) +
                            "' and reason '" + row.Text(11) +
                            "', which this version does not know");
  jobs::Job job;
  job.id = jobs::JobId(row.Uint(0));
  job.source_uri = row.Text(1);
  job.output_uri = row.Text(2);
  job.profile = row.Text(3);
  job.options = row.Text(4);
  job.queue_name = row.Text(5);
  job.priority = static_cast<int>(row.Int(6));
  job.max_attempts = static_cast<int>(row.Int(7));
  job.timeout_seconds = static_cast<int>(row.Int(8));
  job.cancel_wanted = row.Int(9) != 0;
  job.state = *state;
  job.reason = *reason;
  job.message = row.Text(12);
  job.attempt = static_cast<int>(row.Int(13));
  job.failures = static_cast<int>(row.Int(14));
  job.disruptions = static_cast<int>(row.Int(15));
  job.plan = row.Text(16);
  job.owner = row.Text(17);
  job.claim_nonce = row.Text(18);
  job.publisher = row.Text(19);
  job.publish_sent_at = row.Time(20);
  job.first_claimed_at = row.Time(21);
  job.claimed_at = row.Time(22);
  job.started_at = row.Time(23);
  job.run_at = row.Time(24);
  job.created_at = row.Time(25).value_or(base::Time{});
  job.pod_name = row.Text(26);
  job.node_name = row.Text(27);
  job.traceparent = row.Text(28);
  job.cr_namespace = row.Text(29);
  job.cr_name = row.Text(30);
  job.cr_uid = row.Text(31);
  job.as_of = row.Time(32).value_or(base::Time{});
  return job;
}

Queue QueueFromRow(const SqlRow& row) {
  Queue queue;
  queue.name = row.Text(0);
  queue.state = row.Text(1) == "paused"     ? QueueState::kPaused
                : row.Text(1) == "draining" ? QueueState::kDraining
                                            : QueueState::kActive;
  queue.max_running = static_cast<int>(row.Int(2));
  queue.max_pending = static_cast<int>(row.Int(3));
  queue.live = static_cast<int>(row.Int(4));
  queue.publishing = static_cast<int>(row.Int(5));
  if (queue.state == QueueState::kDraining && !row.IsNull(6))
    queue.drain_to = jobs::JobId(row.Uint(6));
  queue.as_of = row.Time(12).value_or(base::Time{});
  if (row.IsNull(7)) return queue;
  queue.trouble = QueueTrouble{
      .failures = static_cast<int>(row.Int(7)),
      .reason =
          jobs::ParseReason(row.Text(8)).value_or(jobs::Reason::kInvalidConfig),
      .message = row.Text(9),
      .last_at = row.Time(10).value_or(queue.as_of),
      .stopped = row.Int(11) != 0};
  return queue;
}

JobOutput OutputFromRow(const SqlRow& row, size_t first) {
  JobOutput output;
  output.index = static_cast<int>(row.Int(first));
  output.kind = row.Text(first + 1);
  output.profile = row.Text(first + 2);
  output.uri = row.Text(first + 3);
  output.upload_id = row.Text(first + 4);
  output.part_count = static_cast<int>(row.Int(first + 5));
  output.bytes = row.Uint(first + 6);
  output.parts_digest = row.Text(first + 7);
  output.published = row.Int(first + 8) != 0;
  return output;
}

std::optional<jobs::Profile> ProfileFromRow(const SqlRow& row) {
  auto codec = jobs::ParseCodec(row.Text(1));
  if (!codec) return std::nullopt;
  jobs::Profile profile{.name = row.Text(0),
                        .codec = *codec,
                        .bitrate = static_cast<int>(row.Int(2)),
                        .sample_rate = static_cast<int>(row.Int(3)),
                        .channels = static_cast<int>(row.Int(4)),
                        .copy_if_fits = row.Int(7) != 0};
  if (!row.IsNull(5)) profile.quality = static_cast<int>(row.Int(5));
  if (!row.IsNull(6)) {
    auto container = jobs::ParseContainer(row.Text(6));
    if (!container) return std::nullopt;
    profile.container = *container;
  }
  if (!jobs::CheckProfile(profile).ok()) return std::nullopt;
  return profile;
}

}  // namespace vexaa::store
