// The real program while its keys are changed under it.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "lib/base/digest.h"
#include "lib/jobs/location.h"
#include "lib/jobs/run_outcome.h"
#include "lib/jobs/run_spec.h"
#include "lib/objects/store_config.h"
#include "tests/conformance/object_store_s3_bench.h"
#include "tests/integration/runner_process.h"

namespace vexaa::runner {
namespace {

namespace fs = std::filesystem;

class RotationTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("VEXAA_TEST_RGW_DIR");
    bench_ = objects::S3Bench::Make();
    if (!bench_ || folder == nullptr)
      GTEST_SKIP() << "VEXAA_TEST_S3_ENDPOINT or VEXAA_TEST_RGW_DIR is not "
                      "set: ./dev test starts a RADOS Gateway";
    admin_ = "timeout 60 radosgw-admin -c '" + std::string(folder) +
             "/ceph.conf' --uid=vexaa-test --key-type=s3 --access-key=";
  }

  // One more pair of keys of the bed's user; the secret is "s-" and the key.
  std::string MakeKey() {
    std::string key = "rotated" + base::RandomHex(6);
    EXPECT_EQ(std::system((admin_ + key + " --secret=s-" + key +
                           " key create >/dev/null 2>&1")
                              .c_str()),
              0);
    return key;
  }
  void RemoveKey(const std::string& key) {
    EXPECT_EQ(std::system((admin_ + key + " key rm >/dev/null 2>&1").c_str()),
              0);
  }
  // As kubelet does: the pair is swapped as a whole.
  void Mount(const std::string& key) {
    const fs::path version = "..of-" + key;
    fs::create_directory(Path(version));
    std::ofstream(Path(version / "access-key")) << key << "\n";
    std::ofstream(Path(version / "secret-key")) << "s-" << key << "\n";
    fs::create_symlink(version, Path("..tmp"));
    fs::rename(Path("..tmp"), Path("..data"));
  }
  fs::path Path(const fs::path& name) { return folder_.path() / name; }

  std::string Stores() {
    objects::StoreConfig store;
    store.name = "bed";
    store.endpoint = std::getenv("VEXAA_TEST_S3_ENDPOINT");
    store.allow_http = true;
    store.buckets = {bench_->bucket()};
    store.files = {Path("..data/access-key"), Path("..data/secret-key"), ""};
    return objects::FormatStores({store});
  }
  Environment JobEnvironment() {
    jobs::RunSpec spec;
    spec.attempt = {jobs::JobId(7), 1};
    spec.token = "7.1.00ff";
    spec.source_uri = jobs::FormatLocation(
        {jobs::Location::Kind::kFile, "", Path("long.wav").string()});
    spec.plan.outputs.push_back({0, jobs::OutputKind::kAudio,
                                 "s3://" + bench_->bucket() + "/x.mp3",
                                 *jobs::FindBuiltInProfile("mp3-128k")});
    return {{"VEXAA_RUN_SPEC", jobs::FormatRunSpec(spec)},
            {"VEXAA_OUTCOME_FILE", Path("outcome").string()},
            {"VEXAA_FOLDER_ROOTS", folder_.path().string()},
            {"VEXAA_STORES", Stores()}};
  }
  bool HasOpenUpload() {
    auto open = bench_->store().FindOpen(bench_->Path("x.mp3"), {});
    return open.ok() && !open->empty();
  }

  void AwaitOpenUpload() {
    for (int i = 0; i < 2400 && !HasOpenUpload(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }

  TemporaryFolder folder_;
  std::unique_ptr<objects::S3Bench> bench_;
  std::string admin_;
};

TEST_F(RotationTest, FinishesAJobWhoseKeysAreReplacedAndRemoved) {
  const std::string old_key = MakeKey();
  const std::string new_key = MakeKey();
  Mount(old_key);
  WriteLongWav(Path("long.wav"), 2);
  RunnerProcess process(folder_.path(), {}, JobEnvironment());
  AwaitOpenUpload();
  ASSERT_TRUE(HasOpenUpload()) << process.Stdout();
  Mount(new_key);
  RemoveKey(old_key);
  const bool in_the_middle = !fs::exists(Path("outcome"));
  EXPECT_EQ(process.Wait(), 0) << process.Stdout() << process.Stderr();
  EXPECT_TRUE(in_the_middle) << "the job ended before its key was removed";
  auto outcome = jobs::ParseRunOutcome(ReadFile(Path("outcome")));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->reason, jobs::Reason::kSucceeded) << outcome->message;
  RemoveKey(new_key);
}

TEST_F(RotationTest, BlamesTheInstallationWhenNoNewKeysCome) {
  const std::string key = MakeKey();
  Mount(key);
  WriteLongWav(Path("long.wav"), 2);
  RunnerProcess process(folder_.path(), {}, JobEnvironment());
  AwaitOpenUpload();
  RemoveKey(key);
  EXPECT_EQ(process.Wait(), 78) << process.Stdout();
  auto outcome = jobs::ParseRunOutcome(ReadFile(Path("outcome")));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->reason, jobs::Reason::kInvalidConfig) << outcome->message;
}

}  // namespace
}  // namespace vexaa::runner
