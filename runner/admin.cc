#include "runner/admin.h"

#include <charconv>

namespace vexaa::runner {
namespace {

base::Status Wrong(const std::string& address) {
  return base::Status(base::Code::kInvalidArgument,
                      "'" + address + "' is not host:port");
}

}  // namespace

base::Result<metrics::AdminOptions> ParseAdminAddress(
    const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return Wrong(address);
  metrics::AdminOptions options;
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  if (!host.empty()) options.address = host;
  const char* end = address.data() + address.size();
  auto parsed = std::from_chars(address.data() + colon + 1, end, options.port);
  if (parsed.ec != std::errc() || parsed.ptr != end) return Wrong(address);
  return options;
}

AdminPort::AdminPort(const std::string& address, ProgressBoard& board,
                     base::Logger& log)
    : board_(board), metrics_(registry_) {
  board_.OnSet([this](const jobs::RunProgress& now) { metrics_.Update(now); });
  if (address.empty()) return;
  auto options = ParseAdminAddress(address);
  base::Status started = options.status();
  if (options.ok()) {
    server_.emplace(*options, registry_);
    started = server_->Start();
  }
  if (started.ok()) {
    log.Info("Admin port opened", {{"port", server_->port()}});
  } else {
    server_.reset();
    log.Warn("No admin port", {{"err", started}});
  }
}

AdminPort::~AdminPort() { board_.OnSet(nullptr); }

}  // namespace vexaa::runner
