// An output that goes to a pipe or stdout as it is made: nothing to stage, to
// publish or to abort. The descriptor is not owned.
#pragma once

#include "runner/output_target.h"

namespace vexaa::runner {

class PipeTarget final : public OutputTarget, private media::OutputSink {
 public:
  explicit PipeTarget(int fd) : fd_(fd) {}

  base::Result<std::optional<uint64_t>> KeptBytes(std::stop_token) override {
    return std::optional<uint64_t>();
  }
  base::Status Open(std::string_view content_type, uint64_t source_bytes,
                    std::stop_token stop) override;
  media::OutputSink& sink() override { return *this; }
  base::Status Seal(jobs::OutputResult& result) override;
  base::Status Publish(const jobs::OutputResult&, std::stop_token) override {
    return base::Status::Ok();
  }
  std::string open_upload() const override { return ""; }
  base::Status Abort(std::stop_token) override { return base::Status::Ok(); }

 private:
  size_t head_bytes() const override { return 0; }
  base::Status Write(std::span<const std::byte> data) override;
  base::Status Finish(std::span<const std::byte> head) override;

  const int fd_;
  std::stop_token stop_;
  uint32_t crc_ = 0;
};

}  // namespace vexaa::runner
