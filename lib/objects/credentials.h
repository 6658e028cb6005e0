// Where the keys of an object store come from. Sources are thread-safe. The
// environment is read by whoever builds a source, never here.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/status.h"

namespace vexaa::objects {

// Never logged.
struct Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // empty: none
  bool operator==(const Credentials&) const = default;
};

class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  virtual base::Result<Credentials> Current() = 0;
  // The store refused `refused`: true when Current() now gives others.
  virtual bool Renew(const Credentials& refused) = 0;
};

// Always the same ones, such as those of the environment.
class StaticCredentials final : public CredentialSource {
 public:
  explicit StaticCredentials(Credentials credentials)
      : credentials_(std::move(credentials)) {}
  base::Result<Credentials> Current() override { return credentials_; }
  bool Renew(const Credentials& refused) override {
    return !(refused == credentials_);
  }

 private:
  const Credentials credentials_;
};

struct CredentialFiles {
  std::string access_key;  // paths
  std::string secret_key;
  std::string session_token;  // empty: none
};

// Mounted files, read at first use and again when refused, at most once in
// five seconds: a rotated secret replaces its files while jobs run.
class FileCredentials final : public CredentialSource {
 public:
  // `clock` must outlive the source.
  FileCredentials(CredentialFiles files, const base::Clock& clock)
      : files_(std::move(files)), clock_(clock) {}
  base::Result<Credentials> Current() override;
  bool Renew(const Credentials& refused) override;

 private:
  base::Status ReadLocked();

  const CredentialFiles files_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::optional<Credentials> credentials_;  // guarded by mutex_
  base::Duration read_at_{};                // guarded by mutex_
};

}  // namespace vexaa::objects
