// What the finish bench works on: a real database and object storage, jobs
// whose runners are done, and the same outside calls without a controller.
// BareRow and BareObject may be called by several threads.
#pragma once

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/jobs/job.h"
#include "lib/jobs/job_plan.h"
#include "lib/jobs/run_outcome.h"
#include "lib/objects/folder_store.h"
#include "lib/objects/s3_access.h"
#include "lib/objects/store_set.h"
#include "lib/store/mysql_job_store.h"
#include "lib/store/sql_pool.h"

namespace vexaa::bench {

inline constexpr char kSelf[] = "bench";  // as controller and publisher

// A job whose runner is done, with what it staged.
struct Done {
  jobs::Job job;
  objects::Place place;
  jobs::RunOutcome outcome;
  objects::StagedObject staged;
};

class FinishRig {
 public:
  // Reads DATABASE (host:port/name) and, for S3, VEXAA_S3_ENDPOINT and AWS_*,
  // else FOLDER, from the environment.
  explicit FinishRig(bool s3);

  // New jobs, claimed, planned, and with their outputs staged.
  std::vector<Done> Prepare(int count);
  size_t Succeeded();

  // The guarded UPDATEs from a terminal pod to `succeeded`.
  void BareRow(const Done& done);
  // The three calls of a publish: HEAD, ListParts, CompleteMultipartUpload.
  void BareObject(const Done& done);

  base::SystemClock clock;
  base::Logger log{std::cerr, base::LogFormat::kText, base::LogLevel::kWarn,
                   clock};
  store::MysqlJobStore& store() { return store_; }
  const objects::StoreSet& stores() const { return stores_; }

 private:
  Done Finish(const jobs::Job& job, const jobs::JobPlan& plan);

  const store::SqlOptions options_;
  store::SqlPool pool_;
  store::MysqlJobStore store_;
  std::unique_ptr<store::SqlConnection> connection_;
  std::unique_ptr<objects::S3Access> access_;
  std::unique_ptr<objects::FolderStore> folder_;
  objects::StoreSet stores_;
  std::string base_;  // of the outputs' addresses
  int batch_ = 0;
};

}  // namespace vexaa::bench
