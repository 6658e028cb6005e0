// One signed-in request to an API server: headers, token, error mapping. What
// a resource's client is built on. Thread-safe; never retries.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/http/http_transport.h"
#include "lib/kube/kube_config.h"

namespace vexaa::kube {

// Told of every request, from any thread: "create", "list", ...; the HTTP
// status, 0 when no answer came.
using RequestObserver =
    std::function<void(std::string_view verb, int http_status)>;

struct ApiRequest {
  std::string_view verb;  // for the observer
  std::string_view method = "GET";
  std::string path;  // with its query, encoded
  std::string_view body = {};
  std::string_view content_type = "application/json";  // of the body
  std::string_view accept = "application/json";        // of the answer
  base::Duration timeout = std::chrono::seconds(30);
  size_t max_body_bytes = 4 << 20;
};

class ApiClient {
 public:
  // Takes bytes of an answer's body, and the media type of all of them.
  using OnBytes = std::function<base::Status(std::string_view bytes,
                                             std::string_view type)>;

  // `transport` and `clock` must outlive the client.
  ApiClient(ClusterAccess access, http::HttpTransport& transport,
            const base::Clock& clock, RequestObserver observer = nullptr);

  const std::string& name_space() const { return access_.name_space; }

  // The body of a 2xx answer; errors as in pod_client.h.
  base::Result<std::string> Call(const ApiRequest& request,
                                 std::stop_token stop);
  // Hands the body on as it comes, for `request.timeout` at most. OK: the
  // server ended it.
  base::Status Stream(const ApiRequest& request, const OnBytes& on_bytes,
                      std::stop_token stop);

 private:
  base::Result<http::Request> Prepare(const ApiRequest& request);
  base::Result<http::Response> Send(const ApiRequest& request,
                                    const http::Request& prepared,
                                    std::stop_token stop,
                                    const http::OnBody& on_body);
  base::Result<std::string> Token();

  const ClusterAccess access_;
  http::HttpTransport& transport_;
  const base::Clock& clock_;
  const RequestObserver observer_;
  std::mutex mutex_;
  std::string token_;               // GUARDED_BY(mutex_)
  base::Duration token_read_at_{};  // GUARDED_BY(mutex_)
};

}  // namespace vexaa::kube
