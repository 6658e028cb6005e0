#include "lib/objects/output_identity.h"

#include "lib/base/digest.h"
#include "lib/jobs/reason.h"

namespace vexaa::objects {
namespace {

using base::Status;
using jobs::Reason;

std::string_view Find(const ObjectInfo& info, const char* key) {
  auto found = info.metadata.find(key);
  return found == info.metadata.end() ? std::string_view() : found->second;
}

bool IsResultOf(const ObjectInfo& info, const OutputIdentity& wanted) {
  return Find(info, kSourceKey) == wanted.source &&
         Find(info, kProfileKey) == wanted.profile;
}

// "12." of "12.1.abc", a token of a job's attempt; empty for one by hand.
std::string_view JobOf(std::string_view token) {
  size_t dot = token.find('.');
  bool is_number = dot != std::string_view::npos && dot > 0 &&
                   token.find_first_not_of("0123456789") == dot;
  return is_number ? token.substr(0, dot + 1) : std::string_view();
}

// Another attempt of the same job: one that had published some outputs when
// the staged upload of another was lost.
bool IsOfEarlierAttempt(const ObjectInfo& info, const OutputIdentity& wanted) {
  const std::string_view job = JobOf(wanted.token);
  return !job.empty() && JobOf(Find(info, kTokenKey)) == job &&
         IsSameResult(info, wanted);
}

}  // namespace

OutputIdentity IdentityOf(std::string_view token, std::string_view source_uri,
                          std::string_view profile, std::string_view settings) {
  return {std::string(token),
          base::Hex(base::Sha256(base::AsBytes(source_uri))),
          std::string(profile), std::string(settings)};
}

std::map<std::string, std::string> MetadataOf(const OutputIdentity& identity) {
  std::map<std::string, std::string> metadata = {
      {kTokenKey, identity.token},
      {kSourceKey, identity.source},
      {kProfileKey, identity.profile}};
  if (!identity.settings.empty()) metadata[kSettingsKey] = identity.settings;
  return metadata;
}

bool IsOwnResult(const ObjectInfo& info, const OutputIdentity& identity) {
  return !identity.token.empty() && Find(info, kTokenKey) == identity.token;
}

bool IsSameResult(const ObjectInfo& info, const OutputIdentity& identity) {
  return IsResultOf(info, identity) && !identity.settings.empty() &&
         Find(info, kSettingsKey) == identity.settings;
}

Overwrite OverwriteFor(jobs::IfExists mode) {
  switch (mode) {
    case jobs::IfExists::kSkip:
      return Overwrite::kKeepSame;
    case jobs::IfExists::kFail:
      return Overwrite::kNothing;
    case jobs::IfExists::kReplaceOwn:
      break;
  }
  return Overwrite::kOwnResults;
}

Status CheckExisting(const std::optional<ObjectInfo>& existing,
                     const OutputIdentity& wanted, Overwrite mode,
                     std::string_view uri) {
  if (!existing || mode == Overwrite::kAnything) return Status::Ok();
  if (IsOwnResult(*existing, wanted) || IsOfEarlierAttempt(*existing, wanted))
    return Status::Ok();
  const std::string where(uri);
  if (mode == Overwrite::kNothing)
    return jobs::Fail(Reason::kOutputExists,
                      where +
                          " exists already and if_exists is 'fail'; remove it "
                          "or choose another output");
  if (mode == Overwrite::kKeepSame)
    return jobs::Fail(Reason::kOutputExists,
                      where +
                          " exists already and is not a result of the same "
                          "source, profile and options, which if_exists "
                          "'skip' would keep; remove it or choose another "
                          "output");
  if (IsResultOf(*existing, wanted)) return Status::Ok();
  return jobs::Fail(Reason::kOutputExists,
                    where +
                        " exists already and is not an earlier result of this "
                        "source and profile; remove it or choose another "
                        "output");
}

}  // namespace vexaa::objects
