#include "lib/objects/object_writer.h"

#include <algorithm>
#include <cstring>

#include "lib/objects/part_list.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Result;
using base::Status;

constexpr uint64_t kSmallPart = 8 << 20;
constexpr uint64_t kLargePart = 16 << 20;
// Encoders overshoot what is expected of them.
constexpr uint64_t kMostInSmallParts = kSmallPart * kMaxParts / 2;

}  // namespace

uint64_t ChoosePartBytes(uint64_t expected_bytes) {
  return expected_bytes <= kMostInSmallParts ? kSmallPart : kLargePart;
}

ObjectWriter::ObjectWriter(ObjectStore& store, ObjectPath path,
                           std::string upload_id, const WriterOptions& options,
                           std::stop_token stop)
    : store_(store),
      path_(std::move(path)),
      upload_id_(std::move(upload_id)),
      options_(options),
      current_{.number = 2, .buffer = {}, .size = 0},
      forward_stop_(std::move(stop), [this] { stop_.request_stop(); }),
      jobs_(static_cast<size_t>(options.uploaders) + 1),
      free_(static_cast<size_t>(options.uploaders) + 1) {
  for (int i = 0; i <= options.uploaders; ++i) free_.Push({});
  for (int i = 0; i < options.uploaders; ++i) {
    threads_.emplace_back([this] { Upload(); });
  }
}

ObjectWriter::~ObjectWriter() { stop_.request_stop(); }

Status ObjectWriter::FirstError() const {
  std::lock_guard lock(mutex_);
  return error_;
}

// Ends the other uploads too: the output is lost anyway.
void ObjectWriter::Fail(const Status& status) {
  {
    std::lock_guard lock(mutex_);
    if (error_.ok()) error_ = status;
  }
  stop_.request_stop();
}

void ObjectWriter::Upload() {
  while (auto job = jobs_.Pop(stop_.get_token())) {
    Status status =
        Store(job->number, job->buffer.bytes().subspan(0, job->size));
    if (!status.ok()) return Fail(status);
    GiveBuffer(std::move(job->buffer));
  }
}

void ObjectWriter::GiveBuffer(PageBuffer buffer) {
  {
    std::lock_guard lock(mutex_);
    used_.push_back(std::move(buffer));
  }
  free_.Push({}, stop_.get_token());
}

Status ObjectWriter::Store(int number, std::span<const std::byte> data) {
  Stored stored;
  stored.crc = base::Crc32(data);
  ASSIGN_OR_RETURN(stored.part, store_.PutPart(path_, upload_id_, number,
                                               options_.part_bytes, data,
                                               stop_.get_token()));
  stored.sha256 = stored.part.sha256 ? *stored.part.sha256 : base::Sha256(data);
  std::lock_guard lock(mutex_);
  stored_[number] = std::move(stored);
  return Status::Ok();
}

// A buffer for the part that begins. Touched pages first: new ones cost memory.
Status ObjectWriter::TakeBuffer() {
  auto free = free_.Pop(stop_.get_token());
  RETURN_IF_ERROR(FirstError());
  if (!free) return Status(Code::kCancelled, "stopped");
  std::lock_guard lock(mutex_);
  if (used_.empty()) {
    current_.buffer = PageBuffer(options_.part_bytes);
  } else {
    current_.buffer = std::move(used_.back());
    used_.pop_back();
  }
  return Status::Ok();
}

Status ObjectWriter::SendCurrent() {
  if (current_.number > kMaxParts) {
    return Status(Code::kResourceExhausted,
                  "the output is larger than 10,000 parts of " +
                      std::to_string(options_.part_bytes) + " bytes",
                  "TooManyParts");
  }
  Job next{.number = current_.number + 1, .buffer = {}, .size = 0};
  bool taken =
      jobs_.Push(std::exchange(current_, std::move(next)), stop_.get_token());
  if (taken) return Status::Ok();
  RETURN_IF_ERROR(FirstError());
  return Status(Code::kCancelled, "stopped");
}

Status ObjectWriter::Append(std::span<const std::byte> data) {
  RETURN_IF_ERROR(FirstError());
  while (!data.empty()) {
    if (current_.buffer.size() == 0) RETURN_IF_ERROR(TakeBuffer());
    auto room = current_.buffer.bytes().subspan(current_.size);
    size_t count = std::min(room.size(), data.size());
    std::memcpy(room.data(), data.data(), count);
    current_.size += count;
    data = data.subspan(count);
    if (count == room.size()) RETURN_IF_ERROR(SendCurrent());
  }
  return Status::Ok();
}

Status ObjectWriter::FinishWithHead(std::span<const std::byte> head) {
  bool more = current_.number > 2 || current_.size > 0;
  if (head.size() > options_.part_bytes ||
      (more && head.size() != options_.part_bytes)) {
    return Status(Code::kInternal, "the head of " +
                                       std::to_string(head.size()) +
                                       " bytes is not the first part");
  }
  if (current_.size > 0) RETURN_IF_ERROR(SendCurrent());
  Status status = Store(1, head);
  if (!status.ok()) Fail(status);
  jobs_.Close();
  threads_.clear();  // joins them: everything is stored or has failed
  RETURN_IF_ERROR(FirstError());
  if (stop_.stop_requested()) return Status(Code::kCancelled, "stopped");
  return Status::Ok();
}

Result<WrittenObject> ObjectWriter::Seal() {
  std::lock_guard lock(mutex_);
  WrittenObject written;
  std::vector<Part> parts;
  base::Sha256Stream sums;
  uint32_t crc = 0;
  for (const auto& [number, stored] : stored_) {
    parts.push_back(stored.part);
    crc = base::Crc32Combine(crc, stored.crc, stored.part.size_bytes);
    sums.Add(stored.sha256);
  }
  ASSIGN_OR_RETURN(written.staged, store_.Seal(path_, upload_id_, parts));
  written.crc32 = base::Hex32(crc);
  written.sha256_parts = base::Hex(sums.Finish());
  return written;
}

Status ObjectWriter::Abort(std::stop_token stop) {
  stop_.request_stop();
  threads_.clear();
  return store_.Abort(path_, upload_id_, stop);
}

}  // namespace vexaa::objects
