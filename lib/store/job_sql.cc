#include "lib/store/job_sql.h"

namespace vexaa::store::sql {

std::string WithList(std::string_view text, size_t count) {
  constexpr std::string_view kMark = "(%s)";
  std::string marks = "(";
  for (size_t i = 0; i < count; ++i) marks += i == 0 ? "?" : ", ?";
  marks += ")";
  std::string whole(text);
  whole.replace(whole.find(kMark), kMark.size(), marks);
  return whole;
}

}  // namespace vexaa::store::sql
