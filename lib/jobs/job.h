// The job row and its outputs as values. Column by column this is the jobs
// table (db/README.md); times are the database's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/strong_id.h"
#include "lib/jobs/job_state.h"
#include "lib/jobs/reason.h"

namespace vexaa::jobs {

using JobId = base::StrongId<struct JobIdTag, uint64_t>;

// Names one attempt of one job: the fence of every guarded write.
struct AttemptId {
  JobId job;
  int attempt = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): as in base::StrongId
  auto operator<=>(const AttemptId&) const = default;
};

struct Job {
  JobId id;
  // As submitted.
  std::string source_uri;
  std::string output_uri;  // empty until planned, when the user gave none
  std::string profile;
  std::string options;  // JSON text, may be empty
  std::string queue_name;
  int priority = 0;
  int max_attempts = 0;
  int timeout_seconds = 0;
  bool cancel_wanted = false;  // desired_state = 'cancelled'
  // As we keep it.
  JobState state = JobState::kQueued;
  Reason reason = Reason::kQueued;
  std::string message;
  int attempt = 0;
  int failures = 0;
  int disruptions = 0;
  std::string plan;         // resolved_profile: JSON of JobPlan, once planned
  std::string owner;        // the controller that claimed it
  std::string claim_nonce;  // 32 hex digits, new with every claim
  std::string publisher;
  std::optional<base::Time> publish_sent_at;
  std::optional<base::Time> first_claimed_at;
  std::optional<base::Time> claimed_at;
  std::optional<base::Time> started_at;
  std::optional<base::Time> run_at;
  base::Time created_at;
  base::Time as_of;  // the time this was read: "now" for what is decided of it
  std::string pod_name;
  std::string node_name;
  std::string traceparent;  // W3C trace context, passed on as it is
  // The AudioJob this row was made for; empty: made by SQL.
  std::string cr_namespace;
  std::string cr_name;
  std::string cr_uid;

  AttemptId attempt_id() const { return {id, attempt}; }
};

// "<job>.<attempt>.<nonce>": proves which attempt made an object.
std::string AttemptToken(const Job& job);
std::string AttemptToken(const AttemptId& attempt, const std::string& nonce);
// "vexaa-job-<id>-<attempt>".
std::string PodNameFor(const AttemptId& attempt);
// The reverse; nothing when the name is not of that form.
std::optional<AttemptId> ParsePodName(std::string_view name);

}  // namespace vexaa::jobs
