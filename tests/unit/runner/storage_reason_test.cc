#include "runner/storage_reason.h"

#include <gtest/gtest.h>

#include "lib/jobs/reason.h"

namespace vexaa::runner {
namespace {

using base::Code;
using base::Status;
using jobs::Reason;

struct Row {
  Code code;
  const char* detail;
  Reason source;
  Reason output;
};

const Row kRows[] = {
    {Code::kNotFound, "NoSuchKey", Reason::kInputNotFound,
     Reason::kStorageUnavailable},
    {Code::kNotFound, "NoSuchBucket", Reason::kInputNotFound,
     Reason::kInvalidJob},
    {Code::kNotFound, "NoSuchUpload", Reason::kInputNotFound,
     Reason::kStorageUnavailable},
    {Code::kPermissionDenied, "AccessDenied", Reason::kInputAccessDenied,
     Reason::kOutputAccessDenied},
    {Code::kPermissionDenied, "Forbidden", Reason::kInputAccessDenied,
     Reason::kOutputAccessDenied},
    {Code::kPermissionDenied, "InvalidAccessKeyId", Reason::kInvalidConfig,
     Reason::kInvalidConfig},
    {Code::kPermissionDenied, "SignatureDoesNotMatch", Reason::kInvalidConfig,
     Reason::kInvalidConfig},
    {Code::kPermissionDenied, "PEER_FAILED_VERIFICATION",
     Reason::kInvalidConfig, Reason::kInvalidConfig},
    {Code::kInvalidArgument, "SSL_CACERT_BADFILE", Reason::kInvalidConfig,
     Reason::kInvalidConfig},
    {Code::kInvalidArgument, "PermanentRedirect", Reason::kInvalidConfig,
     Reason::kInvalidConfig},
    {Code::kInvalidArgument, "TemporaryRedirect", Reason::kInvalidConfig,
     Reason::kInvalidConfig},
    {Code::kInvalidArgument, "AuthorizationHeaderMalformed",
     Reason::kInvalidConfig, Reason::kInvalidConfig},
    // Of a key that something on the way does not understand, too.
    {Code::kInvalidArgument, "BadRequest", Reason::kInvalidJob,
     Reason::kInvalidJob},
    {Code::kInvalidArgument, "InvalidRequest", Reason::kInvalidJob,
     Reason::kInvalidJob},
    {Code::kInvalidArgument, "PathNotAllowed", Reason::kInvalidJob,
     Reason::kInvalidJob},
    {Code::kFailedPrecondition, "PreconditionFailed", Reason::kInputChanged,
     Reason::kStorageUnavailable},
    {Code::kInvalidArgument, "BucketNotAllowed", Reason::kInvalidJob,
     Reason::kInvalidJob},
    {Code::kUnavailable, "InternalError", Reason::kStorageUnavailable,
     Reason::kStorageUnavailable},
    {Code::kDeadlineExceeded, "", Reason::kStorageUnavailable,
     Reason::kStorageUnavailable},
    {Code::kDataLoss, "BadDigest", Reason::kStorageUnavailable,
     Reason::kStorageUnavailable},
    {Code::kResourceExhausted, "EntityTooLarge", Reason::kStorageUnavailable,
     Reason::kOutputTooLarge},
    {Code::kResourceExhausted, "ENOSPC", Reason::kStorageUnavailable,
     Reason::kStorageUnavailable},
    {Code::kUnavailable, "EMFILE", Reason::kStorageUnavailable,
     Reason::kStorageUnavailable},
    {Code::kResourceExhausted, "QuotaExceeded", Reason::kStorageUnavailable,
     Reason::kStorageUnavailable},
    {Code::kUnimplemented, "NotImplemented", Reason::kInternal,
     Reason::kInternal},
};

TEST(StorageReason, IsTheOneOfTheTableForSources) {
  for (const Row& row : kRows) {
    Status mapped =
        SourceError(Status(row.code, "words", row.detail), "s3://b/k");
    EXPECT_EQ(jobs::ReasonOf(mapped), row.source) << row.detail;
    EXPECT_NE(mapped.message().find("words"), std::string::npos);
  }
}

TEST(StorageReason, IsTheOneOfTheTableForOutputs) {
  for (const Row& row : kRows) {
    Status mapped =
        OutputError(Status(row.code, "words", row.detail), "s3://b/k");
    EXPECT_EQ(jobs::ReasonOf(mapped), row.output) << row.detail;
  }
}

TEST(StorageReason, OfAnUploadThatCannotBeOpenedMayBeItsHeaders) {
  for (const char* code :
       {"InvalidArgument", "InvalidStorageClass", "KMS.NotFoundException"})
    EXPECT_EQ(jobs::ReasonOf(StageError(
                  Status(Code::kInvalidArgument, "words", code), "s3://b/k")),
              Reason::kInvalidConfig)
        << code;
  for (const char* code : {"InvalidRequest", "BucketNotAllowed"})
    EXPECT_EQ(jobs::ReasonOf(StageError(
                  Status(Code::kInvalidArgument, "words", code), "s3://b/k")),
              Reason::kInvalidJob)
        << code;
}

TEST(StorageReason, LeavesReasonsAndCancellationsAlone) {
  Status given = jobs::Fail(Reason::kNoAudioStream, "no sound");
  EXPECT_EQ(SourceError(given, "s3://b/k").message(), "no sound");
  Status cancelled(Code::kCancelled, "stopped");
  EXPECT_EQ(OutputError(cancelled, "s3://b/k").code(), Code::kCancelled);
  EXPECT_TRUE(OutputError(Status::Ok(), "s3://b/k").ok());
}

TEST(StorageReason, SaysThatAMissingKeyMayLookForbidden) {
  Status mapped = SourceError(
      Status(Code::kPermissionDenied, "HTTP 403", "Forbidden"), "s3://b/k");
  EXPECT_NE(mapped.message().find("missing key"), std::string::npos);
}

}  // namespace
}  // namespace vexaa::runner
