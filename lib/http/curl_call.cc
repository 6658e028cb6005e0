#include "lib/http/curl_call.h"

#include <utility>

#include "lib/http/curl_error.h"

namespace vexaa::http {
namespace {

using base::Code;
using base::Result;
using base::Status;

// Any other count than `bytes` ends the transfer with CURLE_WRITE_ERROR.
size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto* exchange = static_cast<CurlExchange*>(user);
  std::string_view line(data, size * count);
  exchange->OnHeaderLine(line);
  return exchange->status().ok() ? line.size() : CURL_WRITEFUNC_ERROR;
}

// The query may hold a signature.
std::string NameOf(const Request& request) {
  return request.method + " " + request.url.substr(0, request.url.find('?'));
}

}  // namespace

CurlCall::CurlCall(CurlPool& pool, const Request& request,
                   CurlExchange& exchange, curl_write_callback write,
                   void* taker, std::stop_token stop)
    : pool_(pool),
      request_(request),
      exchange_(exchange),
      write_(write),
      taker_(taker),
      stop_(stop),
      name_(NameOf(request)),
      session_(pool.Take()),
      sockets_{pool.options(), session_->socket},
      kept_socket_(session_->socket) {
  wake_.emplace(std::move(stop), [multi = session_->multi.get()] {
    if (multi != nullptr) (void)curl_multi_wakeup(multi);
  });
}

CurlCall::~CurlCall() {
  wake_.reset();  // before the session may go
  if (added_) {
    // Closes an unfinished connection.
    curl_multi_remove_handle(session_->multi.get(), session_->easy.get());
  }
  // A handle that failed is not used again: after a name that was not found
  // libcurl 7.88 refuses it the buffer size (BAD_FUNCTION_ARGUMENT).
  if (result_ != CURLE_OK) return;
  curl_easy_reset(session_->easy.get());  // forgets the pointers of this call
  // That call's own connection is closed; the one before it is used next.
  if (request_.send_once) session_->socket = kept_socket_;
  pool_.Give(std::move(session_));
}

Status CurlCall::Prepare() {
  ASSIGN_OR_RETURN(headers_, MakeHeaders(request_));
  if (!session_->easy || !session_->multi) {
    return Status(Code::kInternal, "libcurl gave no handle");
  }
  curl_easy_reset(session_->easy.get());
  Setup setup(session_->easy.get());
  SetConnection(setup, sockets_);
  SetRequest(setup, request_);
  setup.Set(CURLOPT_HTTPHEADER, headers_.get());
  setup.Set(CURLOPT_ERRORBUFFER, message_.data());
  setup.Set(CURLOPT_HEADERFUNCTION, &OnHeader);
  setup.Set(CURLOPT_HEADERDATA, &exchange_);
  setup.Set(CURLOPT_WRITEFUNCTION, write_);
  setup.Set(CURLOPT_WRITEDATA, taker_);
  if (setup.error() == CURLE_OK) return Status::Ok();
  return CurlError(setup.error(), name_, message_.data());
}

Status CurlCall::Failed(CURLMcode code) const {
  return Status(Code::kInternal, curl_multi_strerror(code)).WithContext(name_);
}

Status CurlCall::Begin() {
  RETURN_IF_ERROR(CheckLines(request_));
  RETURN_IF_ERROR(Prepare());
  CURLMcode code =
      curl_multi_add_handle(session_->multi.get(), session_->easy.get());
  if (code != CURLM_OK) return Failed(code);
  added_ = true;
  return Status::Ok();
}

Result<bool> CurlCall::Step() {
  if (stop_.stop_requested()) {
    return Status(Code::kCancelled, "stopped").WithContext(name_);
  }
  int running = 1;
  CURLMcode code = curl_multi_perform(session_->multi.get(), &running);
  if (code != CURLM_OK) return Failed(code);
  if (running > 0) return true;
  int left = 0;
  CURLMsg* message = curl_multi_info_read(session_->multi.get(), &left);
  if (message == nullptr) return Failed(CURLM_INTERNAL_ERROR);
  result_ = message->data.result;
  return false;
}

Status CurlCall::Await() {
  CURLMcode code = http::Await(*session_, stop_);
  return code == CURLM_OK ? Status::Ok() : Failed(code);
}

Status CurlCall::GoOn() {
  CURLcode code = curl_easy_pause(session_->easy.get(), CURLPAUSE_CONT);
  if (code == CURLE_OK) return Status::Ok();
  return CurlError(code, name_, message_.data());
}

Status CurlCall::End() {
  if (!exchange_.status().ok()) return exchange_.status().WithContext(name_);
  if (result_ != CURLE_OK) {
    return CurlError(result_.value_or(CURLE_RECV_ERROR), name_,
                     message_.data());
  }
  if (exchange_.has_whole_header()) return Status::Ok();
  return CurlError(CURLE_RECV_ERROR, name_,
                   "the connection ended within the answer's header");
}

}  // namespace vexaa::http
