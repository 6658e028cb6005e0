// Shows the rows of AudioJobs as their status. Of many that wait only some are
// read at each look, in turn. Thread-compatible.
#pragma once

#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "controller/audio_jobs/audio_job_steps.h"

namespace vexaa::controller {

class AudioJobMirror {
 public:
  // `steps` must outlive it.
  explicit AudioJobMirror(AudioJobSteps& steps) : steps_(steps) {}

  // Now and then, of those whose rows can have changed; of all with `all`.
  void LookWhenDue(bool all, std::stop_token stop);
  // Of these jobs.
  void Show(const std::vector<kube::AudioJob>& jobs, std::stop_token stop);

 private:
  struct Turn {
    std::set<std::string> names;
    bool has_all = false;  // nobody who waits was left out
  };
  std::set<std::string> AllNames();
  std::set<std::string> ActiveNames();
  Turn TakeTurn();
  std::set<std::string> AddActive(std::set<std::string> names);
  void ShowNamed(const std::set<std::string>& names, std::stop_token stop);

  AudioJobSteps& steps_;
  base::Duration looked_at_{};  // all that had changed was shown
  std::string turn_;            // name of the last waiting job looked at
};

}  // namespace vexaa::controller
