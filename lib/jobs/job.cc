#include "lib/jobs/job.h"

#include <charconv>

namespace vexaa::jobs {
namespace {

constexpr std::string_view kPodPrefix = "vexaa-job-";

// A decimal number that takes all of `text`; nothing else.
template <typename T>
std::optional<T> ParseNumber(std::string_view text) {
  T value{};
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

}  // namespace

std::string AttemptToken(const Job& job) {
  return AttemptToken(job.attempt_id(), job.claim_nonce);
}

std::string AttemptToken(const AttemptId& attempt, const std::string& nonce) {
  return std::to_string(attempt.job.value()) + "." +
         std::to_string(attempt.attempt) + "." + nonce;
}

std::string PodNameFor(const AttemptId& attempt) {
  return std::string(kPodPrefix) + std::to_string(attempt.job.value()) + "-" +
         std::to_string(attempt.attempt);
}

std::optional<AttemptId> ParsePodName(std::string_view name) {
  if (!name.starts_with(kPodPrefix)) return std::nullopt;
  std::string_view rest = name.substr(kPodPrefix.size());
  size_t dash = rest.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  auto id = ParseNumber<uint64_t>(rest.substr(0, dash));
  auto attempt = ParseNumber<int>(rest.substr(dash + 1));
  if (!id || !attempt || *attempt < 1) return std::nullopt;
  AttemptId parsed{JobId(*id), *attempt};
  // "vexaa-job-07-1" is no name of ours.
  if (PodNameFor(parsed) != name) return std::nullopt;
  return parsed;
}

}  // namespace vexaa::jobs
