#include "runner/log_limit.h"

#include <gtest/gtest.h>

#include <sstream>

namespace vexaa::runner {
namespace {

TEST(LogLimit, PassesEverythingWithoutALimit) {
  std::ostringstream out;
  LogLimit limit(out, 0);
  std::ostream log(&limit);
  log << "one\ntwo\n" << std::flush;
  EXPECT_EQ(out.str(), "one\ntwo\n");
}

TEST(LogLimit, EndsWithAWholeLineAndSaysSoOnce) {
  std::ostringstream out;
  LogLimit limit(out, 10);
  std::ostream log(&limit);
  log << "12345\n"
      << "12345\n"
      << "1\n";
  EXPECT_TRUE(out.str().starts_with("12345\n{"));
  EXPECT_NE(out.str().find("log limit reached"), std::string::npos);
  EXPECT_TRUE(out.str().ends_with("}\n"));
  EXPECT_EQ(out.str().find("\n1\n"), std::string::npos);
}

}  // namespace
}  // namespace vexaa::runner
