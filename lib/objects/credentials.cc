#include "lib/objects/credentials.h"

#include <fstream>
#include <iterator>

namespace vexaa::objects {
namespace {

using base::Code;
using base::Result;
using base::Status;

constexpr std::chrono::seconds kRereadEvery(5);

// The file's text without blanks and line ends around it.
Result<std::string> ReadSecret(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const char* blanks = " \t\r\n";
  size_t first = text.find_first_not_of(blanks);
  if (!file.is_open() || first == std::string::npos) {
    return Status(Code::kPermissionDenied,
                  "the credential file " + path +
                      (file.is_open() ? " is empty" : " cannot be read") +
                      ": check the mounted secret",
                  "CredentialFile");
  }
  return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

Result<Credentials> ReadFiles(const CredentialFiles& files) {
  Credentials credentials;
  ASSIGN_OR_RETURN(credentials.access_key, ReadSecret(files.access_key));
  ASSIGN_OR_RETURN(credentials.secret_key, ReadSecret(files.secret_key));
  if (!files.session_token.empty()) {
    ASSIGN_OR_RETURN(credentials.session_token,
                     ReadSecret(files.session_token));
  }
  return credentials;
}

}  // namespace

Status FileCredentials::ReadLocked() {
  read_at_ = clock_.Elapsed();
  ASSIGN_OR_RETURN(credentials_, ReadFiles(files_));
  return Status::Ok();
}

Result<Credentials> FileCredentials::Current() {
  std::lock_guard lock(mutex_);
  if (!credentials_) RETURN_IF_ERROR(ReadLocked());
  return *credentials_;
}

bool FileCredentials::Renew(const Credentials& refused) {
  std::lock_guard lock(mutex_);
  bool stale = !credentials_ || *credentials_ == refused;
  if (stale && clock_.Elapsed() - read_at_ >= kRereadEvery) {
    // While a secret is being replaced its files may be gone: keep the old.
    (void)ReadLocked().ok();
  }
  return credentials_ && !(*credentials_ == refused);
}

}  // namespace vexaa::objects
