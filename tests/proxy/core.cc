#include "tests/proxy/core.h"

#include <algorithm>

#include "tests/proxy/http_filter.h"
#include "tests/proxy/sql_filter.h"
#include "tests/unit/lib/http/tls_server.h"

namespace vexaa::proxy {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using base::Code;
using base::Status;
using boost::system::error_code;

constexpr size_t kMostLogged = 10'000;

// Bytes pass as they are; rules on connections are the session's own.
class TcpFilter final : public Filter {
 public:
  explicit TcpFilter(Wire& wire) : wire_(wire) {}
  void OnBytes(Way way, std::string_view bytes) override {
    wire_.Send(way, bytes);
  }

 private:
  Wire& wire_;
};

Status Unusable(const std::string& what, const error_code& error) {
  return Status(Code::kInvalidArgument, what + ": " + error.message());
}

error_code UseServerTls(ssl::context& context, const http::TlsOptions& tls) {
  error_code error;
  context.set_verify_mode(ssl::verify_peer, error);
  if (!tls.ca_pem.empty()) {
    context.add_certificate_authority(asio::buffer(tls.ca_pem), error);
  } else if (!tls.ca_file.empty()) {
    context.load_verify_file(tls.ca_file, error);
  } else {
    context.set_default_verify_paths(error);
  }
  if (error) return error;
  if (!tls.certificate_pem.empty()) {
    context.use_certificate_chain(asio::buffer(tls.certificate_pem), error);
  } else if (!tls.certificate_file.empty()) {
    context.use_certificate_chain_file(tls.certificate_file, error);
  }
  if (error) return error;
  if (!tls.key_pem.empty()) {
    context.use_private_key(asio::buffer(tls.key_pem), ssl::context::pem,
                            error);
  } else if (!tls.key_file.empty()) {
    context.use_private_key_file(tls.key_file, ssl::context::pem, error);
  }
  return error;
}

}  // namespace

int64_t MonotonicMicros() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

Core::Core(asio::io_context& io, ProxyOptions options)
    : io_(io), options_(std::move(options)), acceptor_(io) {
  shared_.link.Set(options_.link);
}

Status Core::Start() {
  RETURN_IF_ERROR(Resolve());
  RETURN_IF_ERROR(PrepareTls());
  error_code error;
  listen_at_ = tcp::endpoint(asio::ip::make_address(options_.address, error),
                             options_.port);
  if (error) return Unusable(options_.address, error);
  RETURN_IF_ERROR(Bind());
  return Listen();
}

Status Core::Resolve() {
  error_code error;
  tcp::resolver resolver(io_);
  auto found = resolver.resolve(options_.upstream.host,
                                std::to_string(options_.upstream.port), error);
  if (error) return Unusable("upstream " + options_.upstream.host, error);
  server_ = found.begin()->endpoint();
  return Status::Ok();
}

Status Core::PrepareTls() {
  if (options_.upstream.tls) {
    server_tls_.emplace(ssl::context::tls_client);
    error_code error = UseServerTls(*server_tls_, *options_.upstream.tls);
    if (error) return Unusable("certificates for the upstream", error);
  }
  if (!options_.listen_tls) return Status::Ok();
  http::Certificate own = http::MakeCertificate(options_.address);
  client_tls_.emplace(ssl::context::tls_server);
  error_code error;
  client_tls_->use_certificate_chain(asio::buffer(own.pem), error);
  if (!error)
    client_tls_->use_private_key(asio::buffer(own.key_pem), ssl::context::pem,
                                 error);
  if (error) return Unusable("own certificate", error);
  ca_pem_ = own.pem;
  return Status::Ok();
}

Status Core::Bind() {
  error_code error;
  acceptor_.open(listen_at_.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(listen_at_, error);
  if (error)
    return Status(Code::kUnavailable, "cannot bind: " + error.message());
  listen_at_ = acceptor_.local_endpoint();
  return Status::Ok();
}

Status Core::Listen() {
  error_code error;
  acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return Status(Code::kUnavailable, "cannot listen: " + error.message());
  Accept();
  return Status::Ok();
}

void Core::Accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (refusing_ || error == asio::error::operation_aborted) return;
    if (!error) Serve(std::move(socket));
    Accept();
  });
}

void Core::Serve(tcp::socket socket) {
  std::erase_if(sessions_,
                [](const auto& session) { return session->closed(); });
  auto client = client_tls_
                    ? MakeTlsServerStream(std::move(socket), *client_tls_)
                    : MakePlainStream(std::move(socket));
  auto server = server_tls_
                    ? MakeTlsClientStream(tcp::socket(io_), *server_tls_,
                                          options_.upstream.host)
                    : MakePlainStream(tcp::socket(io_));
  auto session = std::make_shared<Session>(
      shared_, std::move(client), std::move(server),
      [this](Wire& wire) { return MakeFilter(wire); });
  sessions_.push_back(session);
  session->Start(server_);
}

std::unique_ptr<Filter> Core::MakeFilter(Wire& wire) {
  auto note = [this](const Seen& seen) { Note(seen); };
  switch (options_.upstream.protocol) {
    case Protocol::kHttp:
      return std::make_unique<HttpFilter>(
          wire, shared_.rules, options_.upstream.authorization, note);
    case Protocol::kSql:
      return std::make_unique<SqlFilter>(wire, shared_.rules, note);
    default:
      return std::make_unique<TcpFilter>(wire);
  }
}

void Core::Note(const Seen& seen) {
  log_.push_back(seen);
  if (log_.size() > kMostLogged) log_.pop_front();
}

void Core::CloseAll(bool reset) {
  for (const auto& session : sessions_) session->Close(reset);
  sessions_.clear();
}

void Core::Remove(int rule) {
  for (const auto& session : sessions_)
    if (session->Holds(rule)) session->Close(true);
  shared_.rules.Remove(rule);
}

int Core::Release(int rule) {
  int released = 0;
  for (const auto& session : sessions_)
    if (session->Release(rule)) ++released;
  return released;
}

Status Core::Refuse(bool refuse) {
  if (refuse == refusing_) return Status::Ok();
  refusing_ = refuse;
  if (!refuse) return Listen();
  error_code ignored;
  acceptor_.close(ignored);
  // Bound at once, so that nobody else gets the port meanwhile.
  return Bind();
}

void Core::Pause(bool pause) {
  shared_.paused = pause;
  if (pause) return;
  for (const auto& session : sessions_) session->Resume();
}

ProxyState Core::State() const {
  ProxyState state;
  for (const RuleBook::Entry& entry : shared_.rules.entries())
    state.rules.push_back({entry.id, entry.rule, entry.met});
  state.bytes_up = shared_.bytes[0];
  state.bytes_down = shared_.bytes[1];
  state.connections = shared_.connections;
  state.stalled_connections = static_cast<uint64_t>(
      std::count_if(sessions_.begin(), sessions_.end(),
                    [](const auto& session) { return session->stalled(); }));
  state.open_connections = static_cast<uint64_t>(
      std::count_if(sessions_.begin(), sessions_.end(),
                    [](const auto& session) { return !session->closed(); }));
  return state;
}

}  // namespace vexaa::proxy
