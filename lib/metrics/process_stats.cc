#include "lib/metrics/process_stats.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace vexaa::metrics {
namespace {

// Fields of /proc/self/stat after the program's name, from field 3 on; the
// name may hold spaces and brackets, so they count from its last bracket.
std::vector<double> StatFields() {
  std::ifstream file("/proc/self/stat");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const size_t end = text.rfind(')');
  if (end == std::string::npos) return {};
  std::istringstream rest(text.substr(end + 1));
  std::string state;
  rest >> state;
  std::vector<double> fields{0};
  for (double field = 0; rest >> field;) fields.push_back(field);
  return fields;
}

double BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string key; file >> key;) {
    double value = 0;
    if (key == "btime" && file >> value) return value;
  }
  return 0;
}

double OpenFds() {
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc/self/fd", error), end;
  double count = 0;
  while (!error && entries != end) {
    ++count;
    entries.increment(error);
  }
  return count;
}

}  // namespace

ProcessStats ReadProcessStats() {
  ProcessStats stats;
  const std::vector<double> fields = StatFields();
  // proc(5): utime 14, stime 15, num_threads 20, starttime 22, vsize 23, rss 24
  constexpr size_t kFirst = 3, kRss = 24;
  if (fields.size() <= kRss - kFirst) return stats;
  const auto field = [&](size_t number) { return fields[number - kFirst]; };
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  static const double boot_time = BootTime();
  stats.cpu_seconds = (field(14) + field(15)) / ticks;
  stats.threads = field(20);
  stats.start_time_seconds = boot_time + field(22) / ticks;
  stats.virtual_bytes = field(23);
  stats.resident_bytes =
      field(kRss) * static_cast<double>(sysconf(_SC_PAGESIZE));
  stats.open_fds = OpenFds();
  return stats;
}

}  // namespace vexaa::metrics
