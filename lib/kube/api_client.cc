#include "lib/kube/api_client.h"

#include <utility>

#include "lib/base/digest.h"
#include "lib/kube/api_error.h"
#include "lib/kube/small_file.h"

namespace vexaa::kube {
namespace {

using base::Result;
using base::Status;

// A projected token lives an hour and is replaced at four fifths of it.
constexpr base::Duration kTokenAge = std::chrono::minutes(1);
constexpr int kUnauthorized = 401;

std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

ApiClient::ApiClient(ClusterAccess access, http::HttpTransport& transport,
                     const base::Clock& clock, RequestObserver observer)
    : access_(std::move(access)),
      transport_(transport),
      clock_(clock),
      observer_(std::move(observer)) {}

Result<std::string> ApiClient::Call(const ApiRequest& request,
                                    std::stop_token stop) {
  ASSIGN_OR_RETURN(const http::Request prepared, Prepare(request));
  ASSIGN_OR_RETURN(http::Response response,
                   Send(request, prepared, stop, nullptr));
  RETURN_IF_ERROR(StatusOfAnswer(response));
  return std::move(response.body);
}

Status ApiClient::Stream(const ApiRequest& request, const OnBytes& on_bytes,
                         std::stop_token stop) {
  ASSIGN_OR_RETURN(http::Request prepared, Prepare(request));
  // A quiet watch is a good one; its reader has a deadline of its own.
  prepared.stall_timeout = base::Duration::zero();
  const auto on_body = [&](const http::Response& answer,
                           std::span<const std::byte> bytes) {
    return on_bytes(AsText(bytes), answer.Find("content-type").value_or(""));
  };
  ASSIGN_OR_RETURN(const http::Response response,
                   Send(request, prepared, stop, on_body));
  return StatusOfAnswer(response);
}

Result<http::Request> ApiClient::Prepare(const ApiRequest& request) {
  http::Request prepared;
  prepared.method = std::string(request.method);
  prepared.url = access_.server + request.path;
  prepared.headers.emplace_back("Accept", request.accept);
  ASSIGN_OR_RETURN(const std::string token, Token());
  if (!token.empty()) {
    prepared.headers.emplace_back("Authorization", "Bearer " + token);
  }
  if (!request.body.empty()) {
    prepared.headers.emplace_back("Content-Type", request.content_type);
    prepared.body = base::AsBytes(request.body);
  }
  prepared.timeout = request.timeout;
  prepared.max_body_bytes = request.max_body_bytes;
  return prepared;
}

Result<http::Response> ApiClient::Send(const ApiRequest& request,
                                       const http::Request& prepared,
                                       std::stop_token stop,
                                       const http::OnBody& on_body) {
  auto response = transport_.Send(prepared, stop, on_body);
  const int status = response.ok() ? response->status : 0;
  if (observer_) observer_(request.verb, status);
  if (status == kUnauthorized) {
    const std::lock_guard lock(mutex_);
    token_.clear();  // it may have rotated: read the file again
  }
  return response;
}

Result<std::string> ApiClient::Token() {
  if (access_.token_file.empty()) return access_.token;
  const std::lock_guard lock(mutex_);
  const base::Duration now = clock_.Elapsed();
  if (!token_.empty() && now - token_read_at_ < kTokenAge) return token_;
  ASSIGN_OR_RETURN(token_, ReadSmallFile(access_.token_file));
  token_read_at_ = now;
  return token_;
}

}  // namespace vexaa::kube
