// One suite for every job store: the fake, MariaDB and MySQL. Its tests lie in
// several files, by what they ask for.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/conformance/store_bed.h"
#include "tests/conformance/store_bench.h"

namespace vexaa::store {

class JobStoreTest : public testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    bench_ = MakeStoreBench(GetParam());
    if (bench_ == nullptr) {
      SKIP_WITHOUT(GetParam() == Backend::kMariaDb ? Server::kMariaDb
                                                   : Server::kMySql);
    }
  }

  JobStore& store() { return bench_->store(); }

  std::vector<jobs::Job> Claim(int limit,
                               const std::string& queue = "default") {
    auto jobs = store().Claim({queue, limit, "controller-a", NextNonce()});
    EXPECT_TRUE(jobs.ok()) << jobs.status();
    return jobs.ok() ? *jobs : std::vector<jobs::Job>();
  }
  jobs::AttemptId ClaimOne() {
    auto jobs = Claim(1);
    EXPECT_EQ(jobs.size(), 1u);
    return jobs.empty() ? jobs::AttemptId{} : jobs[0].attempt_id();
  }
  jobs::AttemptId SubmitAndClaim(const NewJob& job = {}) {
    bench_->Submit(job);
    return ClaimOne();
  }
  jobs::Job Row(jobs::JobId id) {
    auto job = store().Read(id);
    EXPECT_TRUE(job.ok()) << job.status();
    return job.ok() ? *job : jobs::Job();
  }
  std::string NextNonce() {
    std::string nonce(32, '0');
    nonce.back() = static_cast<char>('a' + nonces_++ % 6);
    nonce.front() = static_cast<char>('0' + nonces_ % 10);
    return nonce;
  }

  static jobs::JobPlan PlanTo(const std::string& uri) {
    jobs::JobPlan plan;
    plan.outputs.push_back({0, jobs::OutputKind::kAudio, uri,
                            *jobs::FindBuiltInProfile("mp3-128k")});
    return plan;
  }
  static jobs::RunOutcome Staged(const jobs::AttemptId& attempt) {
    jobs::RunOutcome outcome;
    outcome.attempt = attempt;
    outcome.token = "token";
    outcome.reason = jobs::Reason::kSucceeded;
    outcome.source_etag = "\"etag\"";
    outcome.source_bytes = 5'000'000'000;
    outcome.outputs.push_back({0, "upload-1", 3, 4'300'000'000,
                               std::string(64, 'd'), "0badcafe",
                               std::string(64, 'e'), 441'000, 10'000, 1, "de"});
    return outcome;
  }
  static AttemptEnd EndWith(jobs::JobState state, jobs::Reason reason) {
    AttemptEnd end;
    end.reason = reason;
    end.message = "because of the test";
    end.next.state = state;
    return end;
  }

  bool FixPlan(const jobs::AttemptId& attempt, const std::string& uri) {
    auto fixed = store().FixPlan(attempt, PlanTo(uri));
    EXPECT_TRUE(fixed.ok()) << fixed.status();
    return fixed.ok() && *fixed;
  }
  bool Succeed(const jobs::AttemptId& attempt) {
    auto moved = store().MarkSucceeded({{attempt}});
    EXPECT_TRUE(moved.ok()) << moved.status();
    return moved.ok() && *moved == std::vector{attempt};
  }
  // A claimed job with a plan, moved on to publishing.
  jobs::AttemptId Publishing(const std::string& uri = "s3://audio/a.mp3") {
    jobs::AttemptId attempt = SubmitAndClaim();
    EXPECT_TRUE(FixPlan(attempt, uri));
    auto begun = store().BeginPublish(attempt, "controller-a", Staged(attempt));
    EXPECT_TRUE(begun.ok() && *begun) << begun.status();
    return attempt;
  }

  std::unique_ptr<StoreBench> bench_;
  int nonces_ = 0;
};

// Fails unless `result` is OK and holds `wanted`.
#define EXPECT_OK_AND(result, wanted)      \
  do {                                     \
    auto got = (result);                   \
    ASSERT_TRUE(got.ok()) << got.status(); \
    EXPECT_EQ(*got, wanted);               \
  } while (false)

}  // namespace vexaa::store
