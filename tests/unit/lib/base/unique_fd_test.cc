#include "lib/base/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace vexaa::base {
namespace {

int OpenNull() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(UniqueFd, ClosesAtItsEnd) {
  int raw = OpenNull();
  {
    UniqueFd fd(raw);
    EXPECT_TRUE(fd.valid());
    EXPECT_TRUE(IsOpen(raw));
  }
  EXPECT_FALSE(IsOpen(raw));
}

TEST(UniqueFd, HandsItsDescriptorOn) {
  int raw = OpenNull();
  UniqueFd first(raw);
  UniqueFd second(std::move(first));
  EXPECT_EQ(second.get(), raw);
  int other = OpenNull();
  UniqueFd third(other);
  third = std::move(second);
  EXPECT_FALSE(IsOpen(other));
  EXPECT_EQ(third.Release(), raw);
  EXPECT_FALSE(third.valid());
  EXPECT_TRUE(IsOpen(raw));
  ::close(raw);
}

}  // namespace
}  // namespace vexaa::base
