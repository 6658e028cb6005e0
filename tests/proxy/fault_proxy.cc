#include "tests/proxy/fault_proxy.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include "tests/proxy/control.h"
#include "tests/proxy/core.h"

namespace vexaa::proxy {
namespace {

namespace asio = boost::asio;
using base::Code;
using base::Result;
using base::Status;

struct Scheme {
  const char* prefix;
  Protocol protocol;
  bool tls;
};
constexpr Scheme kSchemes[] = {{"tcp://", Protocol::kTcp, false},
                               {"http://", Protocol::kHttp, false},
                               {"https://", Protocol::kHttp, true},
                               {"mysql://", Protocol::kSql, false}};

}  // namespace

Result<Upstream> ParseUpstream(const std::string& text) {
  for (const Scheme& scheme : kSchemes) {
    if (!text.starts_with(scheme.prefix)) continue;
    std::string address = text.substr(std::string(scheme.prefix).size());
    if (address.ends_with('/')) address.pop_back();
    size_t colon = address.rfind(':');
    int port =
        colon == std::string::npos ? 0 : std::atoi(address.c_str() + colon + 1);
    if (port <= 0 || port > 65535) break;
    Upstream upstream{.protocol = scheme.protocol,
                      .host = address.substr(0, colon),
                      .port = static_cast<uint16_t>(port)};
    if (upstream.host.starts_with('['))  // an IPv6 address
      upstream.host = upstream.host.substr(1, upstream.host.size() - 2);
    if (scheme.tls) upstream.tls.emplace();
    return upstream;
  }
  return Status(Code::kInvalidArgument,
                "'" + text + "' is not tcp, http, https or mysql://host:port");
}

class FaultProxy::Impl {
 public:
  explicit Impl(const ProxyOptions& options)
      : core(io_, options),
        control(io_, core, [this] { Quit(); }),
        wants_control_(options.listen_control) {}
  ~Impl() {
    if (!thread_.joinable()) return;
    Do([this] { core.CloseAll(false); });
    io_.stop();
  }

  Status Start() {
    RETURN_IF_ERROR(core.Start());
    if (wants_control_) RETURN_IF_ERROR(control.Start());
    thread_ = std::jthread([this] { io_.run(); });
    return Status::Ok();
  }

  // Runs `act` on the proxy's thread and waits for what it returns.
  template <typename F>
  auto Do(F act) -> decltype(act()) {
    std::packaged_task<decltype(act())()> task(std::move(act));
    auto done = task.get_future();
    asio::post(io_, [&task] { task(); });
    return done.get();
  }
  void WaitForQuit() { quit_.get_future().wait(); }

 private:
  void Quit() {
    if (!std::exchange(told_to_quit_, true)) quit_.set_value();
  }

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> busy_{
      io_.get_executor()};

 public:
  Core core;
  Control control;

 private:
  const bool wants_control_;
  bool told_to_quit_ = false;  // of the proxy's thread
  std::promise<void> quit_;
  std::jthread thread_;
};

FaultProxy::FaultProxy(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FaultProxy::~FaultProxy() = default;

Result<std::unique_ptr<FaultProxy>> FaultProxy::Start(
    const ProxyOptions& options) {
  auto impl = std::make_unique<Impl>(options);
  RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<FaultProxy>(new FaultProxy(std::move(impl)));
}

uint16_t FaultProxy::port() const { return impl_->core.port(); }
uint16_t FaultProxy::control_port() const { return impl_->control.port(); }
const std::string& FaultProxy::ca_pem() const { return impl_->core.ca_pem(); }

int FaultProxy::Add(const Rule& rule) {
  return impl_->Do([&] { return impl_->core.shared().rules.Add(rule); });
}

void FaultProxy::Remove(int rule) {
  impl_->Do([&] { impl_->core.Remove(rule); });
}

void FaultProxy::RemoveAll() {
  for (const auto& rule : State().rules) Remove(rule.id);
}

int FaultProxy::MetCount(int rule) {
  return impl_->Do([&] { return impl_->core.shared().rules.MetCount(rule); });
}

int FaultProxy::Release(int rule) {
  return impl_->Do([&] { return impl_->core.Release(rule); });
}

void FaultProxy::SetLink(const LinkOptions& options) {
  impl_->Do([&] { impl_->core.shared().link.Set(options); });
}

void FaultProxy::Refuse(bool refuse) {
  impl_->Do([&] { (void)impl_->core.Refuse(refuse).ok(); });
}

void FaultProxy::Pause(bool pause) {
  impl_->Do([&] { impl_->core.Pause(pause); });
}

void FaultProxy::ResetAll() {
  impl_->Do([&] { impl_->core.CloseAll(true); });
}

ProxyState FaultProxy::State() {
  return impl_->Do([&] { return impl_->core.State(); });
}

std::vector<Seen> FaultProxy::Log() {
  return impl_->Do([&] {
    const auto& log = impl_->core.log();
    return std::vector<Seen>(log.begin(), log.end());
  });
}

void FaultProxy::ClearLog() {
  impl_->Do([&] { impl_->core.log().clear(); });
}

void FaultProxy::WaitForQuit() { impl_->WaitForQuit(); }

}  // namespace vexaa::proxy
