#include "lib/http/curl_body.h"

#include <algorithm>
#include <utility>

namespace vexaa::http {

using base::Result;
using base::Status;

namespace {

// As much as curl takes from a socket at once; it hands that over in pieces. A
// TLS library may hold more: that stays there.
constexpr size_t kMostKept = 128 * 1024;

}  // namespace

CurlBody::CurlBody(CurlPool& pool, const Request& request, std::stop_token stop)
    : request_(request),
      exchange_(request_, no_taker_),
      call_(pool, request_, exchange_, &OnWrite, this, std::move(stop)) {}

Result<std::unique_ptr<BodyStream>> CurlBody::Open(CurlPool& pool,
                                                   const Request& request,
                                                   std::stop_token stop) {
  std::unique_ptr<CurlBody> body(new CurlBody(pool, request, std::move(stop)));
  RETURN_IF_ERROR(body->call_.Begin());
  RETURN_IF_ERROR(body->AwaitHeader());
  return std::unique_ptr<BodyStream>(std::move(body));
}

Status CurlBody::AwaitHeader() {
  // Any number of 1xx answers may come before the one.
  auto there = [this] {
    return exchange_.has_whole_header() && response().status >= 200;
  };
  while (running_ && !there()) {
    ASSIGN_OR_RETURN(running_, call_.Step());
    if (running_ && !there()) RETURN_IF_ERROR(call_.Await());
  }
  return there() ? Status::Ok() : call_.End();
}

size_t CurlBody::OnWrite(char* data, size_t size, size_t count, void* user) {
  auto* body = static_cast<CurlBody*>(user);
  const size_t total = size * count;
  if (body->kept_.size() >= kMostKept) {
    body->paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  auto rest = body->Take(std::as_bytes(std::span(data, total)));
  body->kept_.insert(body->kept_.end(), rest.begin(), rest.end());
  return total;
}

std::span<const std::byte> CurlBody::Take(std::span<const std::byte> bytes) {
  const size_t dropped =
      static_cast<size_t>(std::min<uint64_t>(skip_, bytes.size()));
  skip_ -= dropped;
  bytes = bytes.subspan(dropped);
  const size_t count = std::min(out_.size(), bytes.size());
  std::copy_n(bytes.begin(), count, out_.begin());
  out_ = out_.subspan(count);
  return bytes.subspan(count);
}

Status CurlBody::Fill() {
  const size_t left = Take(std::span(kept_).subspan(kept_from_)).size();
  kept_from_ = kept_.size() - left;
  if (left > 0) return Status::Ok();
  kept_.clear();
  kept_from_ = 0;
  while (!out_.empty() && running_) {
    if (std::exchange(paused_, false)) RETURN_IF_ERROR(call_.GoOn());
    if (out_.empty()) break;
    ASSIGN_OR_RETURN(running_, call_.Step());
    if (running_ && !out_.empty()) RETURN_IF_ERROR(call_.Await());
  }
  return running_ || out_.empty() ? Status::Ok() : call_.End();
}

Result<size_t> CurlBody::Read(std::span<std::byte> out) {
  out_ = out;
  Status filled = Fill();
  const size_t count = out.size() - std::exchange(out_, {}).size();
  if (!filled.ok()) return filled;
  return count;
}

}  // namespace vexaa::http
