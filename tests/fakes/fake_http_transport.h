// HttpTransport that plays a script: each request takes the next step. Keeps
// what was asked. Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "lib/http/http_transport.h"

namespace vexaa::http {

// A request as it was sent, with its body copied.
struct SentRequest {
  std::string method;
  std::string url;
  std::vector<Header> headers;
  std::string body;
  bool send_once = false;

  // The first header of that name; empty when there is none.
  std::string Find(std::string_view name) const;
};

class FakeHttpTransport final : public HttpTransport {
 public:
  // What one request comes to: an answer, and with `cut` the connection breaks
  // after the body's bytes were delivered; or no answer at all.
  struct Step {
    Response response;
    base::Status cut;
  };
  using Reply = std::function<Step(const SentRequest&)>;

  void Answer(int status, std::string body = "",
              std::vector<Header> headers = {});
  // Delivers `body`, then breaks: kUnavailable "PARTIAL_FILE".
  void AnswerCut(int status, std::string body, std::vector<Header> headers);
  void Break(std::string detail);
  // Computed from the request.
  void Then(Reply reply);

  std::vector<SentRequest> sent() const;
  size_t steps_left() const;

  base::Result<Response> Send(const Request& request, std::stop_token stop,
                              const OnBody& on_body) override;
  base::Result<std::unique_ptr<BodyStream>> Open(const Request& request,
                                                 std::stop_token stop) override;

 private:
  base::Result<Step> Play(const Request& request, std::stop_token stop);

  mutable std::mutex mutex_;
  std::deque<Reply> steps_;        // guarded by mutex_
  std::vector<SentRequest> sent_;  // guarded by mutex_
};

}  // namespace vexaa::http
