#include "lib/objects/credentials.h"

#include <fstream>
#include <iterator>

#include "lib/jobs/reason.h"

namespace vexaa::objects {
namespace {

using base::Result;

// A secret's files are swapped together, but read one by one: what was read
// twice in a row is of one version.
constexpr int kMostReads = 5;

Result<Credentials> ReadOnce(const CredentialFiles& files) {
  Credentials credentials;
  ASSIGN_OR_RETURN(credentials.access_key,
                   ReadSecretFile(files.access_key, "the credential file"));
  ASSIGN_OR_RETURN(credentials.secret_key,
                   ReadSecretFile(files.secret_key, "the credential file"));
  if (!files.session_token.empty()) {
    ASSIGN_OR_RETURN(
        credentials.session_token,
        ReadSecretFile(files.session_token, "the credential file"));
  }
  return credentials;
}

Result<Credentials> ReadFiles(const CredentialFiles& files) {
  ASSIGN_OR_RETURN(Credentials last, ReadOnce(files));
  for (int reads = 1; reads < kMostReads; ++reads) {
    ASSIGN_OR_RETURN(Credentials again, ReadOnce(files));
    if (again == last) break;
    last = std::move(again);
  }
  return last;
}

}  // namespace

Result<std::string> ReadSecretFile(const std::string& path,
                                   const std::string& what) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const char* blanks = " \t\r\n";
  size_t first = text.find_first_not_of(blanks);
  if (!file.is_open() || first == std::string::npos)
    return jobs::Fail(jobs::Reason::kInvalidConfig,
                      what + " " + path +
                          (file.is_open() ? " is empty" : " cannot be read") +
                          ": check what is mounted there, and who may read it");
  return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

Result<Credentials> FileCredentials::Current(std::stop_token) {
  std::lock_guard lock(mutex_);
  if (!credentials_) {
    ASSIGN_OR_RETURN(credentials_, ReadFiles(files_));
  }
  return *credentials_;
}

bool FileCredentials::Renew(const Credentials& refused, std::stop_token) {
  std::lock_guard lock(mutex_);
  if (credentials_ && !(*credentials_ == refused)) return true;
  Result<Credentials> read = ReadFiles(files_);
  if (read.ok()) credentials_ = std::move(*read);
  return credentials_ && !(*credentials_ == refused);
}

}  // namespace vexaa::objects
