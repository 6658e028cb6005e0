#include "controller/upload_sweeper.h"

namespace vexaa::controller {
namespace {

// Store and database clocks may differ; an upload that began this much before
// the job was first claimed is still taken for the job's own.
constexpr base::Duration kClockTolerance = std::chrono::minutes(5);

}  // namespace

base::Status UploadSweeper::Sweep(const std::vector<store::JobOutput>& outputs,
                                  base::Time since,
                                  const std::set<std::string>& keep,
                                  std::stop_token stop) {
  for (const store::JobOutput& output : outputs)
    RETURN_IF_ERROR(SweepOne(output.uri, since, keep, stop));
  return base::Status::Ok();
}

base::Status UploadSweeper::SweepOne(const std::string& uri, base::Time since,
                                     const std::set<std::string>& keep,
                                     std::stop_token stop) {
  ASSIGN_OR_RETURN(objects::Place place, stores_.Find(uri));
  ASSIGN_OR_RETURN(std::vector<objects::OpenUpload> open,
                   place.store->FindOpen(place.path, stop));
  for (const objects::OpenUpload& upload : open) {
    if (upload.initiated < since - kClockTolerance) continue;
    if (keep.contains(upload.upload_id)) continue;
    RETURN_IF_ERROR(place.store->Abort(place.path, upload.upload_id, stop));
    log_.Info("Left-over upload aborted",
              {{"output", uri}, {"uploadId", upload.upload_id}});
  }
  return base::Status::Ok();
}

base::Status UploadSweeper::Abort(const std::string& uri,
                                  const std::string& upload_id,
                                  std::stop_token stop) {
  ASSIGN_OR_RETURN(objects::Place place, stores_.Find(uri));
  return place.store->Abort(place.path, upload_id, stop);
}

}  // namespace vexaa::controller
