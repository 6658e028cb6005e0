#include "runner/stage.h"

#include "runner/storage_reason.h"

namespace vexaa::runner {
namespace {

using base::Status;

constexpr size_t kUsualPart = 8 << 20;

// Large parts go up one at a time: memory stays below what two small ones and
// their spare take.
int UploadersFor(size_t part_bytes) { return part_bytes > kUsualPart ? 1 : 2; }

}  // namespace

StagedTarget::StagedTarget(StageRequest request, base::Clock& clock)
    : request_(std::move(request)), clock_(clock) {}

Status StagedTarget::Named(const Status& error) const {
  return OutputError(error, request_.uri);
}

base::Result<std::optional<objects::ObjectInfo>> StagedTarget::Look(
    std::stop_token stop) const {
  auto found = request_.place.store->Head(request_.place.path, stop);
  if (found.ok()) return std::optional(std::move(*found));
  if (found.status().code() == base::Code::kNotFound)
    return std::optional<objects::ObjectInfo>();
  return Named(found.status());
}

Status StagedTarget::CheckPlace(std::stop_token stop) const {
  ASSIGN_OR_RETURN(auto existing, Look(stop));
  return objects::CheckExisting(existing, request_.identity, request_.overwrite,
                                request_.uri);
}

base::Result<std::optional<uint64_t>> StagedTarget::KeptBytes(
    std::stop_token stop) {
  std::optional<uint64_t> kept;
  if (request_.overwrite != objects::Overwrite::kKeepSame) return kept;
  ASSIGN_OR_RETURN(auto existing, Look(stop));
  if (existing && objects::IsSameResult(*existing, request_.identity))
    kept = existing->size_bytes;
  return kept;
}

Status StagedTarget::Open(std::string_view content_type, uint64_t source_bytes,
                          std::stop_token stop) {
  RETURN_IF_ERROR(CheckPlace(stop));
  part_bytes_ = objects::ChoosePartBytes(request_.large ? source_bytes : 0);
  objects::StageOptions options{
      .content_type = std::string(content_type),
      .metadata = objects::MetadataOf(request_.identity),
      .stage_name = request_.stage_name};
  auto id = request_.place.store->Stage(request_.place.path, options, stop);
  if (!id.ok()) return StageError(id.status(), request_.uri);
  upload_id_ = std::move(*id);
  writer_ = std::make_unique<objects::ObjectWriter>(
      *request_.place.store, request_.place.path, upload_id_,
      objects::WriterOptions{.part_bytes = part_bytes_,
                             .uploaders = UploadersFor(part_bytes_)},
      stop);
  return Status::Ok();
}

Status StagedTarget::Write(std::span<const std::byte> data) {
  return Named(writer_->Append(data));
}

Status StagedTarget::Finish(std::span<const std::byte> head) {
  return Named(writer_->FinishWithHead(head));
}

Status StagedTarget::Seal(jobs::OutputResult& result) {
  auto written = writer_->Seal();
  if (!written.ok()) return Named(written.status());
  staged_ = written->staged;
  result.upload_id = upload_id_;
  result.part_count = staged_.part_count;
  result.bytes = staged_.size_bytes;
  result.parts_digest = staged_.digest;
  result.crc32 = written->crc32;
  result.sha256_parts = written->sha256_parts;
  return Status::Ok();
}

Status StagedTarget::Publish(const jobs::OutputResult&, std::stop_token stop) {
  const StagedUpload upload{.path = request_.place.path,
                            .upload_id = upload_id_,
                            .staged = staged_,
                            .identity = request_.identity,
                            .overwrite = request_.overwrite,
                            .uri = request_.uri};
  RETURN_IF_ERROR(PublishUpload(*request_.place.store, upload, clock_, stop,
                                complete_sent_));
  upload_id_.clear();
  return Status::Ok();
}

Status StagedTarget::Abort(std::stop_token stop) {
  if (complete_sent_)
    return Status(base::Code::kFailedPrecondition,
                  "its publishing is under way and may still succeed");
  RETURN_IF_ERROR(writer_->Abort(stop));
  upload_id_.clear();
  return Status::Ok();
}

}  // namespace vexaa::runner
