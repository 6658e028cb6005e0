// A value with a type of its own, so that a job id is never passed as a size.
#pragma once

#include <compare>
#include <functional>
#include <ostream>
#include <utility>

namespace vexaa::base {

template <typename Tag, typename Rep>
class StrongId {
 public:
  StrongId() = default;
  explicit StrongId(Rep value) : value_(std::move(value)) {}
  const Rep& value() const { return value_; }
  // clang-tidy 14 takes the 0 of the comparison for a pointer.
  // NOLINTNEXTLINE(modernize-use-nullptr)
  auto operator<=>(const StrongId&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const StrongId& id) {
    return out << id.value_;
  }

 private:
  Rep value_{};
};

}  // namespace vexaa::base

template <typename Tag, typename Rep>
struct std::hash<vexaa::base::StrongId<Tag, Rep>> {
  size_t operator()(const vexaa::base::StrongId<Tag, Rep>& id) const {
    return std::hash<Rep>()(id.value());
  }
};
