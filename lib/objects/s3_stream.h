// An ObjectStream over one S3 answer.
#pragma once

#include <memory>
#include <utility>

#include "lib/http/http_transport.h"
#include "lib/objects/object_store.h"

namespace vexaa::objects {

class S3Stream final : public ObjectStream {
 public:
  // Of an answer that begins at `offset`.
  S3Stream(std::unique_ptr<http::BodyStream> body, uint64_t offset)
      : body_(std::move(body)), at_(offset) {}

  // kUnavailable "ShortBody": the answer ended before.
  base::Status Read(uint64_t offset, std::span<std::byte> out) override;

 private:
  const std::unique_ptr<http::BodyStream> body_;
  uint64_t at_;  // of the next byte
};

}  // namespace vexaa::objects
