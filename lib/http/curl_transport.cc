#include "lib/http/curl_transport.h"

#include <utility>

#include "lib/http/curl_body.h"
#include "lib/http/curl_call.h"
#include "lib/http/curl_exchange.h"
#include "lib/http/curl_session.h"

namespace vexaa::http {
namespace {

using base::Result;

size_t OnWrite(char* data, size_t size, size_t count, void* user) {
  auto* exchange = static_cast<CurlExchange*>(user);
  exchange->OnBodyBytes(std::as_bytes(std::span(data, size * count)));
  return exchange->status().ok() ? size * count : CURL_WRITEFUNC_ERROR;
}

}  // namespace

CurlTransport::CurlTransport(CurlOptions options)
    : pool_(std::make_unique<CurlPool>(std::move(options))) {}
CurlTransport::~CurlTransport() = default;

Result<Response> CurlTransport::Send(const Request& request,
                                     std::stop_token stop,
                                     const OnBody& on_body) {
  CurlExchange exchange(request, on_body);
  CurlCall call(*pool_, request, exchange, &OnWrite, &exchange,
                std::move(stop));
  RETURN_IF_ERROR(call.Begin());
  for (bool running = true; running;) {
    ASSIGN_OR_RETURN(running, call.Step());
    if (running) RETURN_IF_ERROR(call.Await());
  }
  RETURN_IF_ERROR(call.End());
  return exchange.TakeResponse();
}

Result<std::unique_ptr<BodyStream>> CurlTransport::Open(const Request& request,
                                                        std::stop_token stop) {
  return CurlBody::Open(*pool_, request, std::move(stop));
}

}  // namespace vexaa::http
