#include "controller/local/runner_environment.h"

#include <gtest/gtest.h>

#include "lib/jobs/runner_env.h"

namespace vexaa::controller {
namespace {

namespace env = jobs::env;

LocalOptions Good() {
  return {.runner_path = "/usr/bin/vexaa-runner",
          .folder = "/run/vexaa",
          .installation = "i"};
}

TEST(RunnerEnvironment, HoldsTheRunAndWhatIsAllowed) {
  LocalOptions options = Good();
  options.environment = {{"TZ", "UTC"}, {env::kStores, "[]"}};
  PodRequest request{.attempt = {jobs::JobId(7), 1},
                     .queue = "q",
                     .claim_nonce = "n",
                     .run_spec = "{}",
                     .timeout_seconds = 5};
  std::map<std::string, std::string> expected = {
      {"TZ", "UTC"},
      {env::kStores, "[]"},
      {env::kRunSpec, "{}"},
      {env::kOutcomeFile, "/o"},
      {env::kLogLimitBytes, "1048576"},
      {env::kAdminAddress, "127.0.0.1:0"}};
  EXPECT_EQ(RunnerEnvironment(options, request, "/o"), expected);
}

TEST(RunnerEnvironment, KeepsTheDatabasesSecretsOut) {
  LocalOptions options = Good();
  options.environment = {{"VEXAA_DATABASE_PASSWORD", "x"}};
  base::Status status = CheckLocalOptions(options);
  EXPECT_EQ(status.message(),
            "the variable VEXAA_DATABASE_PASSWORD must not reach a runner");
}

TEST(RunnerEnvironment, WantsAbsolutePaths) {
  EXPECT_TRUE(CheckLocalOptions(Good()).ok());
  LocalOptions options = Good();
  options.runner_path = "vexaa-runner";
  EXPECT_FALSE(CheckLocalOptions(options).ok());
  options = Good();
  options.folder = "";
  EXPECT_FALSE(CheckLocalOptions(options).ok());
}

}  // namespace
}  // namespace vexaa::controller
