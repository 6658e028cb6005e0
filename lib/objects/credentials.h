// Where the keys of an object store come from. Sources are thread-safe. The
// environment is read by whoever builds a source, never here.
#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "lib/base/status.h"

namespace vexaa::objects {

// Never logged.
struct Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // empty: none
  bool operator==(const Credentials&) const = default;
};

// Errors are InvalidConfig when the source itself is wrong, kUnavailable when
// it does not answer now, kCancelled when stopped.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  virtual base::Result<Credentials> Current(std::stop_token stop) = 0;
  // The store refused `refused`: true when Current() now gives others.
  virtual bool Renew(const Credentials& refused, std::stop_token stop) = 0;
};

// Always the same ones, such as those of the environment.
class StaticCredentials final : public CredentialSource {
 public:
  explicit StaticCredentials(Credentials credentials)
      : credentials_(std::move(credentials)) {}
  base::Result<Credentials> Current(std::stop_token) override {
    return credentials_;
  }
  bool Renew(const Credentials& refused, std::stop_token) override {
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

// Mounted files, read at first use and again when refused: a rotated secret
// replaces its files while jobs run.
class FileCredentials final : public CredentialSource {
 public:
  explicit FileCredentials(CredentialFiles files) : files_(std::move(files)) {}
  base::Result<Credentials> Current(std::stop_token) override;
  // Keeps the old ones while the files are gone or half replaced.
  bool Renew(const Credentials& refused, std::stop_token) override;

 private:
  const CredentialFiles files_;
  std::mutex mutex_;
  std::optional<Credentials> credentials_;  // guarded by mutex_
};

// The file's text without blanks and line ends around it; `what` it is, for the
// error.
base::Result<std::string> ReadSecretFile(const std::string& path,
                                         const std::string& what);

}  // namespace vexaa::objects
