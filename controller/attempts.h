// What this process remembers of the attempts it handles; never a truth, only
// a help: losing it (a restart) costs a look at the runtime. Thread-safe.
// Bounded by the jobs under way: entries go when their attempt is over.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "lib/jobs/job.h"

namespace vexaa::controller {

// Of what earlier attempts left open under a job's keys.
enum class Clearing { kUnknown, kAwaited, kDone };

struct AttemptNotes {
  std::string token;
  // Times this process created the pod or met it.
  int pods_created = 0;
  bool pod_seen = false;
  Clearing clearing = Clearing::kUnknown;
};

// The job and attempt that a token names, whoever made it up.
std::optional<jobs::AttemptId> AttemptNamedBy(std::string_view token);

class Attempts {
 public:
  // A live row was read: remembers its token for progress reports.
  void Note(const jobs::Job& job);
  void NoteCreated(const jobs::AttemptId& attempt);
  void NoteSeen(const jobs::AttemptId& attempt);
  void NoteClearing(const jobs::AttemptId& attempt, Clearing clearing);
  AttemptNotes Find(const jobs::AttemptId& attempt) const;
  void Forget(const jobs::AttemptId& attempt);
  // The live attempt that carries this token.
  std::optional<jobs::AttemptId> FindToken(std::string_view token) const;
  void Clear();
  size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::map<jobs::AttemptId, AttemptNotes> notes_;  // guarded by mutex_
};

}  // namespace vexaa::controller
