#include "lib/store/job_rows.h"

namespace vexaa::store {
namespace {

// Length of the valid UTF-8 character at the start of `text`, 0 when there is
// none. Overlong forms, surrogates and values past U+10FFFF are not valid.
size_t CharacterLength(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte(0);
  if (first < 0x80) return 1;
  size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  unsigned char second = byte(1);
  bool overlong =
      (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  bool surrogate = first == 0xED && second > 0x9F;
  bool too_high = first == 0xF4 && second > 0x8F;
  return overlong || surrogate || too_high ? 0 : length;
}

std::string CleanText(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    size_t length = CharacterLength(text);
    if (length == 0) {
      clean += '?';
      length = 1;
    } else {
      clean += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return clean;
}

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

std::vector<uint64_t> IdsOf(const SqlRows& rows) {
  std::vector<uint64_t> ids;
  for (const SqlRow& row : rows) ids.push_back(row.Uint(0));
  return ids;
}

void AppendIds(SqlParams& params, const std::vector<uint64_t>& ids) {
  for (uint64_t id : ids) params.emplace_back(id);
}

std::string FitText(std::string_view text, size_t max_bytes) {
  // What is cut away need not be cleaned; one character is 4 bytes at most.
  std::string clean = CleanText(text.substr(0, max_bytes + 4));
  if (clean.size() <= max_bytes) return clean;
  size_t end = max_bytes;
  while (end > 0 && IsContinuation(clean[end])) --end;
  clean.resize(end);
  return clean;
}

std::string FitTail(std::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) {
    text.remove_prefix(text.size() - max_bytes);
    while (!text.empty() && IsContinuation(text[0])) text.remove_prefix(1);
  }
  return CleanText(text);
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
  job.as_of = row.Time(29).value_or(base::Time{});
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
  return queue;
}

JobOutput OutputFromRow(const SqlRow& row) {
  JobOutput output;
  output.index = static_cast<int>(row.Int(0));
  output.kind = row.Text(1);
  output.profile = row.Text(2);
  output.uri = row.Text(3);
  output.upload_id = row.Text(4);
  output.part_count = static_cast<int>(row.Int(5));
  output.bytes = row.Uint(6);
  output.parts_digest = row.Text(7);
  output.published = row.Int(8) != 0;
  return output;
}

std::optional<jobs::Profile> ProfileFromRow(const SqlRow& row) {
  auto codec = jobs::ParseCodec(row.Text(1));
  if (!codec) return std::nullopt;
  jobs::Profile profile{row.Text(0), *codec, static_cast<int>(row.Int(2)),
                        static_cast<int>(row.Int(3)),
                        static_cast<int>(row.Int(4))};
  if (!jobs::CheckProfile(profile).ok()) return std::nullopt;
  return profile;
}

}  // namespace vexaa::store
