// The release. CHANGELOG.md, the chart and CMakeLists.txt carry it too.
#pragma once

namespace vexaa::base {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace vexaa::base
