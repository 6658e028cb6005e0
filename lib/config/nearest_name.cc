#include "lib/config/nearest_name.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace vexaa::config {
namespace {

// Costs are doubled so that a letter of the wrong case can cost half.
constexpr size_t kEdit = 2;

size_t Difference(char a, char b) {
  if (a == b) return 0;
  auto lower = [](char c) { return std::tolower(static_cast<int>(c)); };
  return lower(a) == lower(b) ? 1 : kEdit;
}

// Levenshtein's distance, one row of the table at a time.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j * kEdit;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i * kEdit;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = diagonal + Difference(a[i - 1], b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + kEdit, row[j - 1] + kEdit});
    }
  }
  return row.back();
}

}  // namespace

std::string NearestName(std::string_view name,
                        std::span<const std::string> known) {
  // A typo or two, more in a long name; past 64 letters it is no typo.
  if (name.size() > 64) return "";
  size_t best = kEdit * std::max<size_t>(2, name.size() / 3);
  std::string nearest;
  for (const std::string& candidate : known) {
    size_t distance = Distance(name, candidate);
    if (distance > best || distance >= kEdit * candidate.size()) continue;
    if (distance == best && !nearest.empty()) continue;
    best = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace vexaa::config
