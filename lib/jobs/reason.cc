#include "lib/jobs/reason.h"

#include <array>
#include <utility>

namespace vexaa::jobs {
namespace {

using base::Code;
using base::ExitCode;

struct ReasonFacts {
  Reason reason;
  std::string_view name;
  ReasonClass reason_class;
  ExitCode exit_code;
  Code code;
};

using enum ReasonClass;

// One row a reason, in the order of the enum.
constexpr std::array kFacts = {
    ReasonFacts{Reason::kQueued, "Queued", kProgress, ExitCode::kOk,
                Code::kInternal},
    ReasonFacts{Reason::kStarted, "Started", kProgress, ExitCode::kOk,
                Code::kInternal},
    ReasonFacts{Reason::kRunning, "Running", kProgress, ExitCode::kOk,
                Code::kInternal},
    ReasonFacts{Reason::kPublishing, "Publishing", kProgress, ExitCode::kOk,
                Code::kInternal},
    ReasonFacts{Reason::kSucceeded, "Succeeded", kProgress, ExitCode::kOk,
                Code::kInternal},
    ReasonFacts{Reason::kCancelled, "Cancelled", kProgress, ExitCode::kStopped,
                Code::kCancelled},
    ReasonFacts{Reason::kInputNotFound, "InputNotFound", kJobFault,
                ExitCode::kNoInput, Code::kNotFound},
    ReasonFacts{Reason::kInputAccessDenied, "InputAccessDenied", kJobFault,
                ExitCode::kNoPermission, Code::kPermissionDenied},
    ReasonFacts{Reason::kInputChanged, "InputChanged", kTemporary,
                ExitCode::kTemporary, Code::kFailedPrecondition},
    ReasonFacts{Reason::kInputUnreadable, "InputUnreadable", kJobFault,
                ExitCode::kData, Code::kInvalidArgument},
    ReasonFacts{Reason::kInputTooLarge, "InputTooLarge", kJobFault,
                ExitCode::kData, Code::kResourceExhausted},
    ReasonFacts{Reason::kNoAudioStream, "NoAudioStream", kJobFault,
                ExitCode::kData, Code::kInvalidArgument},
    ReasonFacts{Reason::kUnsupportedCodec, "UnsupportedCodec", kJobFault,
                ExitCode::kData, Code::kUnimplemented},
    ReasonFacts{Reason::kCorruptInput, "CorruptInput", kJobFault,
                ExitCode::kData, Code::kDataLoss},
    ReasonFacts{Reason::kOutputAccessDenied, "OutputAccessDenied", kJobFault,
                ExitCode::kNoPermission, Code::kPermissionDenied},
    ReasonFacts{Reason::kOutputExists, "OutputExists", kJobFault,
                ExitCode::kData, Code::kAlreadyExists},
    ReasonFacts{Reason::kOutputBusy, "OutputBusy", kBackPressure,
                ExitCode::kTemporary, Code::kAborted},
    ReasonFacts{Reason::kOutputTooLarge, "OutputTooLarge", kJobFault,
                ExitCode::kData, Code::kResourceExhausted},
    ReasonFacts{Reason::kStorageUnavailable, "StorageUnavailable", kTemporary,
                ExitCode::kUnavailable, Code::kUnavailable},
    ReasonFacts{Reason::kOutOfMemory, "OutOfMemory", kTemporary,
                ExitCode::kTemporary, Code::kResourceExhausted},
    ReasonFacts{Reason::kDeadlineExceeded, "DeadlineExceeded", kTemporary,
                ExitCode::kStopped, Code::kDeadlineExceeded},
    ReasonFacts{Reason::kEvicted, "Evicted", kDisruption, ExitCode::kStopped,
                Code::kCancelled},
    ReasonFacts{Reason::kNodeLost, "NodeLost", kDisruption, ExitCode::kStopped,
                Code::kUnavailable},
    ReasonFacts{Reason::kPodLost, "PodLost", kDisruption, ExitCode::kStopped,
                Code::kUnavailable},
    ReasonFacts{Reason::kImagePullFailed, "ImagePullFailed", kDeployment,
                ExitCode::kConfig, Code::kUnavailable},
    ReasonFacts{Reason::kUnschedulable, "Unschedulable", kBackPressure,
                ExitCode::kTemporary, Code::kResourceExhausted},
    ReasonFacts{Reason::kQuotaExceeded, "QuotaExceeded", kBackPressure,
                ExitCode::kTemporary, Code::kResourceExhausted},
    ReasonFacts{Reason::kPodRejected, "PodRejected", kDeployment,
                ExitCode::kConfig, Code::kInvalidArgument},
    ReasonFacts{Reason::kRunnerCrashed, "RunnerCrashed", kTemporary,
                ExitCode::kSoftware, Code::kInternal},
    ReasonFacts{Reason::kInvalidJob, "InvalidJob", kJobFault, ExitCode::kUsage,
                Code::kInvalidArgument},
    ReasonFacts{Reason::kInvalidConfig, "InvalidConfig", kDeployment,
                ExitCode::kConfig, Code::kInvalidArgument},
    ReasonFacts{Reason::kInternal, "Internal", kTemporary, ExitCode::kSoftware,
                Code::kInternal},
};

constexpr bool InEnumOrder() {
  for (size_t i = 0; i < kFacts.size(); ++i)
    if (kFacts[i].reason != static_cast<Reason>(i)) return false;
  return true;
}
static_assert(InEnumOrder());
static_assert(kFacts.size() == static_cast<size_t>(Reason::kInternal) + 1);

const ReasonFacts& FactsOf(Reason reason) {
  return kFacts[static_cast<size_t>(reason)];
}

constexpr auto kReasons = [] {
  std::array<Reason, kFacts.size()> all{};
  for (size_t i = 0; i < all.size(); ++i) all[i] = kFacts[i].reason;
  return all;
}();

}  // namespace

std::span<const Reason> AllReasons() { return kReasons; }

std::string_view ReasonName(Reason reason) { return FactsOf(reason).name; }

std::optional<Reason> ParseReason(std::string_view name) {
  for (const ReasonFacts& facts : kFacts)
    if (facts.name == name) return facts.reason;
  return std::nullopt;
}

ReasonClass ClassOf(Reason reason) { return FactsOf(reason).reason_class; }

bool IsWaiting(Reason reason) {
  const ReasonClass what = ClassOf(reason);
  return what == ReasonClass::kBackPressure || what == ReasonClass::kDeployment;
}

base::ExitCode ExitCodeFor(Reason reason) { return FactsOf(reason).exit_code; }

base::Status Fail(Reason reason, std::string message) {
  return base::Status(FactsOf(reason).code, std::move(message),
                      std::string(ReasonName(reason)));
}

std::optional<Reason> ReasonOf(const base::Status& status) {
  return ParseReason(status.detail());
}

}  // namespace vexaa::jobs
