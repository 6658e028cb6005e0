#include "lib/metrics/admin_session.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace vexaa::metrics {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

// Enough for any probe, scrape or progress report.
constexpr size_t kMaxHeaderBytes = 8 << 10;

std::string LowerCase(beast::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return lower;
}

AdminRequest ToAdminRequest(http::request<http::string_body>& message) {
  AdminRequest request;
  request.method = std::string(message.method_string());
  const std::string target(message.target());
  const size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string::npos) request.query = target.substr(mark + 1);
  for (const auto& field : message) {
    request.headers.emplace(LowerCase(field.name_string()),
                            std::string(field.value()));
  }
  request.body = std::move(message.body());
  return request;
}

}  // namespace

AdminSession::AdminSession(asio::ip::tcp::socket socket,
                           const AdminRouter& router, SessionLimits limits,
                           std::function<void()> on_end)
    : stream_(std::move(socket)),
      buffer_(kMaxHeaderBytes + limits.max_body_bytes),
      router_(router),
      limits_(limits),
      on_end_(std::move(on_end)) {}

AdminSession::~AdminSession() { on_end_(); }

void AdminSession::Arm() { stream_.expires_after(limits_.timeout); }

void AdminSession::ReadHeader() {
  parser_.emplace();
  parser_->header_limit(kMaxHeaderBytes);
  parser_->body_limit(limits_.max_body_bytes);
  Arm();
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](beast::error_code error, size_t) {
        if (!error) return self->ReadBody();
        if (error == http::error::header_limit ||
            error == http::error::buffer_overflow) {
          return self->Refuse(431, "header too large\n");
        }
        if (error == http::error::body_limit) {
          return self->Refuse(413, "body too large\n");
        }
        // Anything of HTTP's own category is a caller's fault worth a word.
        if (error.category() ==
                make_error_code(http::error::bad_method).category() &&
            error != http::error::end_of_stream) {
          return self->Refuse(400, "bad request\n");
        }
        self->Close();
      });
}

void AdminSession::ReadBody() {
  Arm();
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](beast::error_code error, size_t) {
        if (!error) return self->OnRequest();
        if (error == http::error::body_limit ||
            error == http::error::buffer_overflow) {
          return self->Refuse(413, "body too large\n");
        }
        self->Close();
      });
}

void AdminSession::OnRequest() {
  const bool keep_alive = parser_->get().keep_alive();
  const bool is_head = parser_->get().method() == http::verb::head;
  const AdminRequest request = ToAdminRequest(parser_->get());
  Write(router_.Answer(request), keep_alive, !is_head);
}

void AdminSession::Refuse(int status, std::string text) {
  Write({.status = status, .body = std::move(text)}, /*keep_alive=*/false,
        /*with_body=*/true);
}

void AdminSession::Write(const AdminResponse& answer, bool keep_alive,
                         bool with_body) {
  response_ = Response(static_cast<http::status>(answer.status), 11);
  response_.set(http::field::content_type, answer.content_type);
  if (!answer.allow.empty()) response_.set(http::field::allow, answer.allow);
  response_.keep_alive(keep_alive);
  response_.body() = answer.body;
  response_.prepare_payload();
  if (!with_body) response_.body().clear();  // the length stays
  serializer_.emplace(response_);
  Arm();
  const auto done = [self = shared_from_this(), keep_alive](
                        beast::error_code error, size_t) {
    if (error || !keep_alive) return self->Close();
    self->ReadHeader();
  };
  if (with_body) {
    http::async_write(stream_, *serializer_, done);
  } else {
    http::async_write_header(stream_, *serializer_, done);
  }
}

void AdminSession::Close() {
  beast::error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.close();
}

}  // namespace vexaa::metrics
