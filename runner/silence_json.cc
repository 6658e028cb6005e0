#include "runner/silence_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace vexaa::runner {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

// A microsecond is less than a sample.
double Rounded(double seconds) { return std::round(seconds * 1e6) / 1e6; }

}  // namespace

std::string FormatSilence(const jobs::SilenceRule& rule,
                          const media::SilenceReport& report) {
  Json json{{"version", kVersion}};
  json["rule"] = {{"threshold_db", rule.threshold_db},
                  {"min_seconds", rule.min_seconds}};
  json["duration_seconds"] = Rounded(report.seconds);
  json["silent_seconds"] = Rounded(report.silent_seconds);
  json["complete"] = report.complete;
  json["ranges"] = Json::array();
  for (const media::SilentRange& range : report.ranges)
    json["ranges"].push_back(
        {{"start", Rounded(range.start)}, {"end", Rounded(range.end)}});
  return json.dump() + "\n";
}

}  // namespace vexaa::runner
