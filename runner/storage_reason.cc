#include "runner/storage_reason.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "lib/jobs/reason.h"

namespace vexaa::runner {
namespace {

using base::Code;
using base::Status;
using jobs::Reason;

// What no job can cause, by S3's codes and curl's symbols.
constexpr std::array<std::string_view, 6> kCredentialErrors = {
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken",
    "ExpiredToken",       "TokenRefreshRequired",  "RequestTimeTooSkewed"};
constexpr std::array<std::string_view, 3> kCertificateErrors = {
    "PEER_FAILED_VERIFICATION", "SSL_CACERT_BADFILE", "SSL_ISSUER_ERROR"};
constexpr std::array<std::string_view, 5> kWrongPlaceErrors = {
    "PermanentRedirect", "TemporaryRedirect", "Redirect",
    "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"};
// All that a request to open an upload holds, but for its key, is configured.
constexpr std::array<std::string_view, 5> kUploadErrors = {
    "InvalidArgument", "InvalidStorageClass", "InvalidEncryptionAlgorithmError",
    "AccessControlListNotSupported", "MalformedACLError"};
constexpr std::string_view kKeyServiceErrors = "KMS.";

template <typename Codes>
bool IsOneOf(const Codes& codes, const Status& error) {
  return std::find(codes.begin(), codes.end(), error.detail()) != codes.end();
}

// S3 has a code of the same name as a reason of Kubernetes.
constexpr std::string_view kFullStore = "QuotaExceeded";

bool PassesThrough(const Status& error) {
  return error.ok() || error.code() == Code::kCancelled ||
         (jobs::ReasonOf(error).has_value() && error.detail() != kFullStore);
}

Status Because(Reason reason, std::string sentence, const Status& error) {
  if (!error.message().empty()) sentence += " (" + error.message() + ")";
  return jobs::Fail(reason, std::move(sentence));
}

// Nothing: it may be the job's.
std::optional<Status> DeploymentFault(const Status& error) {
  if (IsOneOf(kCredentialErrors, error))
    return Because(Reason::kInvalidConfig,
                   "the object storage refused the runner's credentials; "
                   "check the access key, the secret key, the region and the "
                   "clock",
                   error);
  if (IsOneOf(kCertificateErrors, error))
    return Because(Reason::kInvalidConfig,
                   "the certificate of the object storage is not trusted; set "
                   "the store's caFile (AWS_CA_BUNDLE by hand) to its CA",
                   error);
  if (IsOneOf(kWrongPlaceErrors, error))
    return Because(Reason::kInvalidConfig,
                   "the object storage does not take the runner's requests; "
                   "check the store's endpoint, region and addressing",
                   error);
  return std::nullopt;
}

Status Refused(const Status& error, Reason reason, const std::string& what,
               const std::string& uri) {
  return Because(reason, "access to the " + what + " " + uri + " was refused",
                 error);
}

Status Unavailable(const std::string& what, const std::string& uri,
                   const Status& error) {
  return Because(Reason::kStorageUnavailable,
                 "the storage of the " + what + " " + uri +
                     " does not answer as it should; try again later",
                 error);
}

Status SourceMissing(const Status& error, const std::string& uri) {
  if (error.detail() == "NoSuchBucket")
    return Because(Reason::kInputNotFound,
                   "the bucket of the source " + uri + " does not exist",
                   error);
  return Because(Reason::kInputNotFound,
                 "there is no object " + uri + "; check the source's spelling",
                 error);
}

// A full store may have room later; a file that is too large stays so.
Status NoRoom(const Status& error, const std::string& uri) {
  if (error.detail() == kFullStore || error.detail() == "ENOSPC" ||
      error.detail() == "EDQUOT")
    return Because(Reason::kStorageUnavailable,
                   "the storage of the output " + uri +
                       " is full; make room or raise its quota",
                   error);
  return Because(Reason::kOutputTooLarge,
                 "the output " + uri + " is larger than its storage takes",
                 error);
}

// A bucket that does not exist is the job's fault; an upload that went away
// while it was written is not.
Status OutputMissing(const Status& error, const std::string& uri) {
  if (error.detail() == "NoSuchBucket")
    return Because(Reason::kInvalidJob,
                   "the bucket of the output " + uri +
                       " does not exist; create it or choose another",
                   error);
  return Because(Reason::kStorageUnavailable,
                 "the upload to " + uri + " vanished while it was written",
                 error);
}

}  // namespace

Status SourceError(const Status& error, std::string_view source_uri) {
  if (PassesThrough(error)) return error;
  if (auto fault = DeploymentFault(error)) return *std::move(fault);
  const std::string uri(source_uri);
  switch (error.code()) {
    case Code::kNotFound:
      return SourceMissing(error, uri);
    case Code::kPermissionDenied:
      return Refused(error, Reason::kInputAccessDenied,
                     "source (S3 says so of a missing key too, where listing "
                     "is not allowed)",
                     uri);
    case Code::kFailedPrecondition:
      return Because(Reason::kInputChanged,
                     "the source " + uri + " was replaced while it was read",
                     error);
    case Code::kInvalidArgument:
      if (error.detail() == "NotAFile")
        return Because(Reason::kInputUnreadable,
                       "the source " + uri + " is not a file", error);
      return Because(Reason::kInvalidJob,
                     "the source " + uri + " may not be read here", error);
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
    case Code::kDataLoss:
    case Code::kAborted:
    case Code::kResourceExhausted:
      return Unavailable("source", uri, error);
    default:
      return Because(Reason::kInternal, "reading " + uri + " failed", error);
  }
}

Status OutputError(const Status& error, std::string_view output_uri) {
  if (PassesThrough(error)) return error;
  if (auto fault = DeploymentFault(error)) return *std::move(fault);
  const std::string uri(output_uri);
  switch (error.code()) {
    case Code::kNotFound:
      return OutputMissing(error, uri);
    case Code::kPermissionDenied:
      return Refused(error, Reason::kOutputAccessDenied, "output", uri);
    case Code::kInvalidArgument:
      return Because(Reason::kInvalidJob,
                     "the output " + uri + " may not be written here", error);
    case Code::kResourceExhausted:
      return NoRoom(error, uri);
    case Code::kFailedPrecondition:
      return Because(Reason::kStorageUnavailable,
                     "the upload to " + uri +
                         " is not what was written; somebody else touched it",
                     error);
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
    case Code::kDataLoss:
    case Code::kAborted:
      return Unavailable("output", uri, error);
    default:
      return Because(Reason::kInternal, "writing " + uri + " failed", error);
  }
}

Status StageError(const Status& error, std::string_view output_uri) {
  bool by_headers = IsOneOf(kUploadErrors, error) ||
                    error.detail().starts_with(kKeyServiceErrors);
  if (!by_headers) return OutputError(error, output_uri);
  return Because(Reason::kInvalidConfig,
                 "the object storage does not take the output " +
                     std::string(output_uri) +
                     " as it is sent; check the store's uploadHeaders",
                 error);
}

}  // namespace vexaa::runner
