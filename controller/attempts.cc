#include "controller/attempts.h"

#include <charconv>

namespace vexaa::controller {

std::optional<jobs::AttemptId> AttemptNamedBy(std::string_view token) {
  uint64_t job = 0;
  int attempt = 0;
  const char* end = token.data() + token.size();
  auto first = std::from_chars(token.data(), end, job);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '.')
    return std::nullopt;
  auto second = std::from_chars(first.ptr + 1, end, attempt);
  if (second.ec != std::errc()) return std::nullopt;
  return jobs::AttemptId{jobs::JobId(job), attempt};
}

void Attempts::Note(const jobs::Job& job) {
  std::lock_guard lock(mutex_);
  notes_[job.attempt_id()].token = jobs::AttemptToken(job);
}

void Attempts::NoteCreated(const jobs::AttemptId& attempt) {
  std::lock_guard lock(mutex_);
  notes_[attempt].pods_created += 1;
}

void Attempts::NoteSeen(const jobs::AttemptId& attempt) {
  std::lock_guard lock(mutex_);
  notes_[attempt].pod_seen = true;
}

void Attempts::NoteClearing(const jobs::AttemptId& attempt, Clearing clearing) {
  std::lock_guard lock(mutex_);
  notes_[attempt].clearing = clearing;
}

AttemptNotes Attempts::Find(const jobs::AttemptId& attempt) const {
  std::lock_guard lock(mutex_);
  auto found = notes_.find(attempt);
  return found == notes_.end() ? AttemptNotes{} : found->second;
}

void Attempts::Forget(const jobs::AttemptId& attempt) {
  std::lock_guard lock(mutex_);
  notes_.erase(attempt);
}

std::optional<jobs::AttemptId> Attempts::FindToken(
    std::string_view token) const {
  auto named = AttemptNamedBy(token);
  if (!named) return std::nullopt;
  std::lock_guard lock(mutex_);
  auto found = notes_.find(*named);
  if (found == notes_.end() || found->second.token != token)
    return std::nullopt;
  return named;
}

void Attempts::Clear() {
  std::lock_guard lock(mutex_);
  notes_.clear();
}

size_t Attempts::size() const {
  std::lock_guard lock(mutex_);
  return notes_.size();
}

}  // namespace vexaa::controller
