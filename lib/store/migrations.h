// The files of db/migrations, compiled in by CMake.
#pragma once

#include <span>
#include <string_view>

namespace vexaa::store {

struct Migration {
  int version = 0;
  std::string_view name;  // "create_jobs"
  std::string_view up;    // one statement
};

// In the order of their versions, which may have gaps.
std::span<const Migration> EmbeddedMigrations();

}  // namespace vexaa::store
