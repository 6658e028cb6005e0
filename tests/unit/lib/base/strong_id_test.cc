#include "lib/base/strong_id.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <type_traits>
#include <unordered_set>

namespace vexaa::base {
namespace {

using RowId = StrongId<struct RowTag, uint64_t>;
using UserId = StrongId<struct UserTag, uint64_t>;
using Name = StrongId<struct NameTag, std::string>;

static_assert(!std::is_convertible_v<uint64_t, RowId>);
static_assert(!std::is_convertible_v<RowId, uint64_t>);
static_assert(!std::is_constructible_v<RowId, UserId>);

TEST(StrongId, ComparesByItsValue) {
  EXPECT_EQ(RowId(7), RowId(7));
  EXPECT_LT(RowId(7), RowId(8));
  EXPECT_LT(Name("a"), Name("b"));
  EXPECT_EQ(RowId().value(), 0u);
}

TEST(StrongId, CanBeAKeyAndBePrinted) {
  std::unordered_set<RowId> ids = {RowId(1), RowId(2), RowId(1)};
  EXPECT_EQ(ids.size(), 2u);
  std::ostringstream out;
  out << RowId(42) << Name("x");
  EXPECT_EQ(out.str(), "42x");
}

}  // namespace
}  // namespace vexaa::base
