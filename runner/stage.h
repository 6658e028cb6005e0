// An output that is staged in an object store: checks what lies under the key,
// opens an upload, streams into it, and seals it. Used by one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lib/base/clock.h"
#include "lib/objects/object_writer.h"
#include "lib/objects/output_identity.h"
#include "lib/objects/store_set.h"
#include "runner/output_target.h"
#include "runner/publish.h"

namespace vexaa::runner {

struct StageRequest {
  objects::Place place;
  std::string uri;  // of the place, for sentences
  objects::OutputIdentity identity;
  objects::Overwrite overwrite = objects::Overwrite::kOwnResults;
  std::string stage_name;
  // The output may become as large as its source, which decides the size of
  // the parts.
  bool large = false;
};

class StagedTarget final : public OutputTarget, private media::OutputSink {
 public:
  // The store and `clock` must outlive the target.
  StagedTarget(StageRequest request, base::Clock& clock);

  base::Result<std::optional<uint64_t>> KeptBytes(
      std::stop_token stop) override;
  base::Status Open(std::string_view content_type, uint64_t source_bytes,
                    std::stop_token stop) override;
  media::OutputSink& sink() override { return *this; }
  base::Status Seal(jobs::OutputResult& result) override;
  base::Status Publish(const jobs::OutputResult& result,
                       std::stop_token stop) override;
  std::string open_upload() const override { return upload_id_; }
  base::Status Abort(std::stop_token stop) override;

 private:
  size_t head_bytes() const override { return part_bytes_; }
  base::Status Write(std::span<const std::byte> data) override;
  base::Status Finish(std::span<const std::byte> head) override;
  base::Result<std::optional<objects::ObjectInfo>> Look(
      std::stop_token stop) const;
  base::Status CheckPlace(std::stop_token stop) const;
  base::Status Named(const base::Status& error) const;

  const StageRequest request_;
  size_t part_bytes_ = 0;
  base::Clock& clock_;
  std::string upload_id_;
  std::unique_ptr<objects::ObjectWriter> writer_;
  objects::StagedObject staged_;
  bool complete_sent_ = false;
};

}  // namespace vexaa::runner
