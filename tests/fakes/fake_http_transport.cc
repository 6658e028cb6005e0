#include "tests/fakes/fake_http_transport.h"

#include <algorithm>
#include <utility>

#include "lib/base/digest.h"

namespace vexaa::http {

using base::Code;
using base::Result;
using base::Status;

std::string SentRequest::Find(std::string_view name) const {
  for (const Header& header : headers) {
    if (header.first == name) return header.second;
  }
  return "";
}

void FakeHttpTransport::Answer(int status, std::string body,
                               std::vector<Header> headers) {
  Step step{{status, std::move(headers), std::move(body)}, Status::Ok()};
  Then([step](const SentRequest&) { return step; });
}

void FakeHttpTransport::AnswerCut(int status, std::string body,
                                  std::vector<Header> headers) {
  Step step{{status, std::move(headers), std::move(body)},
            Status(Code::kUnavailable, "cut", "PARTIAL_FILE")};
  Then([step](const SentRequest&) { return step; });
}

void FakeHttpTransport::Break(std::string detail) {
  Step step{{}, Status(Code::kUnavailable, "broken", std::move(detail))};
  Then([step](const SentRequest&) { return step; });
}

void FakeHttpTransport::Then(Reply reply) {
  std::lock_guard lock(mutex_);
  steps_.push_back(std::move(reply));
}

std::vector<SentRequest> FakeHttpTransport::sent() const {
  std::lock_guard lock(mutex_);
  return sent_;
}

size_t FakeHttpTransport::steps_left() const {
  std::lock_guard lock(mutex_);
  return steps_.size();
}

Result<FakeHttpTransport::Step> FakeHttpTransport::Play(const Request& request,
                                                        std::stop_token stop) {
  if (stop.stop_requested()) return Status(Code::kCancelled, "stopped");
  SentRequest sent{
      request.method, request.url, request.headers,
      std::string(reinterpret_cast<const char*>(request.body.data()),
                  request.body.size()),
      request.send_once};
  Reply reply;
  {
    std::lock_guard lock(mutex_);
    sent_.push_back(sent);
    if (steps_.empty()) {
      return Status(Code::kInternal,
                    "no step left for " + request.method + " " + request.url);
    }
    reply = std::move(steps_.front());
    steps_.pop_front();
  }
  return reply(sent);
}

Result<Response> FakeHttpTransport::Send(const Request& request,
                                         std::stop_token stop,
                                         const OnBody& on_body) {
  ASSIGN_OR_RETURN(Step step, Play(request, std::move(stop)));
  bool taken = on_body && step.response.status / 100 == 2;
  if (taken && !step.response.body.empty()) {
    std::string body = std::move(step.response.body);
    step.response.body.clear();
    RETURN_IF_ERROR(on_body(step.response, base::AsBytes(body)));
  }
  if (!step.cut.ok()) return step.cut;
  return std::move(step.response);
}

namespace {

class FakeBody final : public BodyStream {
 public:
  explicit FakeBody(FakeHttpTransport::Step step)
      : body_(std::exchange(step.response.body, "")), step_(std::move(step)) {}

  const Response& response() const override { return step_.response; }
  void Skip(uint64_t bytes) override { at_ += bytes; }
  Result<size_t> Read(std::span<std::byte> out) override {
    auto rest = base::AsBytes(body_).subspan(std::min(at_, body_.size()));
    const size_t count = std::min(out.size(), rest.size());
    if (count < out.size() && !step_.cut.ok()) return step_.cut;
    std::copy_n(rest.begin(), count, out.begin());
    at_ += count;
    return count;
  }

 private:
  const std::string body_;
  const FakeHttpTransport::Step step_;
  size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<BodyStream>> FakeHttpTransport::Open(
    const Request& request, std::stop_token stop) {
  ASSIGN_OR_RETURN(Step step, Play(request, std::move(stop)));
  if (step.response.status == 0) return step.cut;
  return std::unique_ptr<BodyStream>(new FakeBody(std::move(step)));
}

}  // namespace vexaa::http
