#include "lib/store/job_sql.h"

namespace vexaa::store::sql {
namespace {

// "text, text, ..."
std::string Joined(std::string_view text, size_t count) {
  std::string whole;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) whole += ", ";
    whole += text;
  }
  return whole;
}

}  // namespace

std::string WithList(std::string_view text, size_t count) {
  constexpr std::string_view kMark = "(%s)";
  std::string whole(text);
  // Between the brackets.
  whole.replace(whole.find(kMark) + 1, kMark.size() - 2, Joined("?", count));
  return whole;
}

std::string FixFirstPlans(size_t count) {
  std::string by_id = "CASE id";
  for (size_t i = 0; i < count; ++i) by_id += " WHEN ? THEN ?";
  by_id += " END";
  std::string text = "UPDATE jobs SET resolved_profile = ";
  text.append(by_id).append(", output_uri = COALESCE(output_uri, ");
  text.append(by_id).append(") WHERE id IN (%s) AND attempt = 1 ");
  text += "AND state = 'claimed' AND resolved_profile IS NULL";
  return WithList(text, count);
}

std::string PlanOutputs(size_t count) {
  std::string text = "INSERT INTO job_outputs ";
  text += "(kind, profile, uri, output_lock, job_id, idx) VALUES ";
  return text.append(Joined("(?, ?, ?, UNHEX(?), ?, ?)", count));
}

}  // namespace vexaa::store::sql
