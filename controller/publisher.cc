#include "controller/publisher.h"

#include <optional>

#include "lib/objects/output_identity.h"

namespace vexaa::controller {
namespace {

PublishResult Say(PublishVerdict verdict, std::string message = "") {
  return {verdict, std::move(message)};
}

PublishResult Again(const base::Status& status) {
  return Say(PublishVerdict::kAgain, status.message());
}

// What HEAD says of the key; nothing when it is free.
base::Result<std::optional<objects::ObjectInfo>> Look(
    const objects::Place& place, std::stop_token stop) {
  base::Result<objects::ObjectInfo> info = place.store->Head(place.path, stop);
  if (info.ok()) return std::optional(std::move(*info));
  if (info.status().code() == base::Code::kNotFound)
    return std::optional<objects::ObjectInfo>();
  return info.status().WithContext("look at the output's key");
}

bool IsPublished(const std::optional<objects::ObjectInfo>& seen,
                 const objects::OutputIdentity& identity, uint64_t bytes) {
  return seen && objects::IsOwnResult(*seen, identity) &&
         seen->size_bytes == bytes;
}

}  // namespace

PublishResult Publisher::Try(const jobs::Job& job,
                             const std::vector<store::JobOutput>& outputs,
                             base::Duration read_at, std::stop_token stop) {
  base::Result<jobs::JobPlan> plan = jobs::ParsePlan(job.plan);
  if (!plan.ok())
    return Say(PublishVerdict::kStagedLost, plan.status().message());
  Session session{job, std::move(*plan), read_at, std::move(stop)};
  // The audio is there: another controller of this database knows its store,
  // or the next configuration of this one does. Nobody is kept from it.
  base::Result<std::vector<objects::Place>> places = PlacesOf(outputs);
  if (!places.ok()) return Again(places.status());
  if (!HeldAsRead(job) && !Hold(session)) return Say(PublishVerdict::kNotOurs);
  if (outputs.empty())
    return Say(PublishVerdict::kStagedLost, "outputs of the plan are missing");
  for (size_t i = 0; i < outputs.size(); ++i) {
    PublishResult result = TryOutput(session, (*places)[i], outputs[i]);
    if (result.verdict != PublishVerdict::kDone) return result;
  }
  return Say(PublishVerdict::kDone);
}

Stores Publisher::StoresOf(const jobs::Job& job) const {
  Stores stores;
  auto plan = jobs::ParsePlan(job.plan);
  if (!plan.ok()) return stores;
  for (const jobs::OutputPlan& output : plan->outputs)
    if (auto place = stores_.Find(output.uri); place.ok())
      stores.insert(place->store);
  return stores;
}

base::Result<std::vector<objects::Place>> Publisher::PlacesOf(
    const std::vector<store::JobOutput>& outputs) const {
  std::vector<objects::Place> places;
  for (const store::JobOutput& output : outputs) {
    ASSIGN_OR_RETURN(objects::Place place, stores_.Find(output.uri));
    places.push_back(std::move(place));
  }
  return places;
}

// The row itself, as it was read, said that we had just taken hold of it.
bool Publisher::HeldAsRead(const jobs::Job& job) const {
  return job.publisher == self_ && job.publish_sent_at &&
         job.as_of - *job.publish_sent_at <= kHoldFor;
}

bool Publisher::Hold(Session& session) {
  base::Duration before = clock_.Elapsed();
  base::Result<bool> held = store_.HoldPublish(session.job.attempt_id(), self_);
  session.held_since = before;
  return held.ok() && *held;
}

objects::OutputIdentity Publisher::IdentityFor(
    const Session& session, const store::JobOutput& output) const {
  std::string settings;
  for (const jobs::OutputPlan& plan : session.plan.outputs)
    if (plan.index == output.index)
      settings = jobs::OutputFingerprint(plan, session.plan.clip);
  return objects::IdentityOf(jobs::AttemptToken(session.job),
                             session.job.source_uri, output.profile, settings);
}

// Nothing was staged, because an earlier result was to be kept: is it there?
PublishResult Publisher::CheckKept(const Session& session,
                                   const objects::Place& place,
                                   const store::JobOutput& output) const {
  auto seen = Look(place, session.stop);
  if (!seen.ok()) return Again(seen.status());
  if (*seen && objects::IsSameResult(**seen, IdentityFor(session, output)))
    return Say(PublishVerdict::kDone);
  return Say(
      PublishVerdict::kStagedLost,
      "the earlier result that was to be kept is no longer at " + output.uri);
}

PublishResult Publisher::TryOutput(Session& session,
                                   const objects::Place& place,
                                   const store::JobOutput& output) {
  if (output.upload_id.empty() &&
      session.plan.if_exists == jobs::IfExists::kSkip)
    return CheckKept(session, place, output);
  if (output.upload_id.empty())
    return Say(PublishVerdict::kStagedLost,
               "the runner staged nothing for " + output.uri);
  auto seen = Look(place, session.stop);
  if (!seen.ok()) return Again(seen.status());
  objects::OutputIdentity identity = IdentityFor(session, output);
  if (IsPublished(*seen, identity, output.bytes))
    return Say(PublishVerdict::kDone);
  auto mode = objects::OverwriteFor(session.plan.if_exists);
  base::Status free = objects::CheckExisting(*seen, identity, mode, output.uri);
  if (!free.ok()) return Say(PublishVerdict::kOccupied, free.message());
  return CompleteStaged(session, place, output);
}

PublishResult Publisher::CompleteStaged(Session& session,
                                        const objects::Place& place,
                                        const store::JobOutput& output) {
  objects::StagedObject expected{output.part_count, output.bytes,
                                 output.parts_digest};
  if (clock_.Elapsed() - session.held_since > kHoldFor && !Hold(session))
    return Say(PublishVerdict::kNotOurs);
  base::Status sent = place.store->Complete(place.path, output.upload_id,
                                            expected, session.stop);
  log_.Debug("Completion sent", {{"jobId", session.job.id.value()},
                                 {"output", output.uri},
                                 {"answer", sent.ToString()}});
  if (sent.detail() == objects::kStagedChanged)
    return Say(PublishVerdict::kStagedLost,
               "the staged upload of " + output.uri +
                   " is not what the runner reported");
  if (sent.ok()) return Say(PublishVerdict::kDone);
  // After any other answer only a look at the key tells what is true.
  auto seen = Look(place, session.stop);
  if (seen.ok() &&
      IsPublished(*seen, IdentityFor(session, output), output.bytes))
    return Say(PublishVerdict::kDone);
  if (!seen.ok()) return Again(seen.status());
  if (sent.detail() == objects::kNotStaged)
    return Say(PublishVerdict::kStagedLost,
               "the staged upload of " + output.uri + " is gone");
  return Again(sent);
}

}  // namespace vexaa::controller
