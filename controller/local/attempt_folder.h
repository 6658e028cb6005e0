// The folder of one local attempt, named like its pod. Everything about the
// attempt can be read from it at any time, by any controller:
//   pod.json  who it is; final before the process exists
//   lock      held by the process while it lives; begins with its proc stat
//   log       stdout and stderr
//   outcome   the runner's own report, by temp + rename
//   exit      exit code or signal, when somebody was there to see it
//   deleting  its deletion was asked for; the time by which it is killed
//   overdue   it was killed for running past its deadline
// Thread-compatible; one controller at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "controller/local/attempt_record.h"
#include "lib/base/status.h"
#include "lib/base/unique_fd.h"

namespace vexaa::controller {

// All that a folder tells about its attempt, at one moment.
struct AttemptFacts {
  bool locked = false;               // the process lives
  std::optional<ProcessId> process;  // once it is about to be the runner
  std::optional<base::Time> started_at;
  std::optional<ExitStatus> exit;
  std::optional<std::string> outcome;
  std::optional<base::Time> outcome_at;
  std::optional<base::Time> delete_by;
  bool overdue = false;
};

class AttemptFolder {
 public:
  AttemptFolder(std::string parent, std::string name)
      : parent_(std::move(parent)), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  std::string path() const { return parent_ + "/" + name_; }
  std::string outcome_path() const { return PathOf("outcome"); }
  bool Exists() const;

  // kAlreadyExists: the name is taken.
  base::Status Make() const;
  // Creates `lock` and takes it; the descriptor is what a process inherits.
  base::Result<base::UniqueFd> TakeLock() const;
  base::Result<base::UniqueFd> OpenLog() const;
  base::Status WriteRecord(const AttemptRecord& record) const;
  // kNotFound: the folder was made and no more.
  base::Result<AttemptRecord> ReadRecord() const;
  // Fails only where the folder cannot be read at all.
  base::Result<AttemptFacts> ReadFacts() const;

  base::Status WriteExit(const ExitStatus& exit) const;
  base::Status MarkDeleting(base::Time delete_by) const;
  base::Status MarkOverdue() const;

  base::Result<std::string> LogTail(size_t max_bytes) const;
  // Keeps the last half of a log that has grown past `limit_bytes`.
  base::Status CapLog(size_t limit_bytes) const;

  // Gone at once for every reader, then freed; OK when it was not there.
  base::Status Remove() const;

 private:
  std::string PathOf(const char* file) const { return path() + "/" + file; }

  std::string parent_;
  std::string name_;
};

// Frees what a Remove() before a crash left behind.
void FreeRemovedFolders(const std::string& parent);

}  // namespace vexaa::controller
