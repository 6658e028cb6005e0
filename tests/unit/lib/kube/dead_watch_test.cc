// The view on real sockets: a server that vanishes in the middle of a watch's
// line, without closing its connection.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

#include "lib/http/curl_transport.h"
#include "lib/kube/pod_list_watch.h"
#include "lib/kube/reflector.h"
#include "lib/kube/rest_pod_client.h"
#include "tests/unit/lib/http/loopback_server.h"

namespace vexaa::kube {
namespace {

using http::Connection;
using testing::HasSubstr;

constexpr char kList[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "Content-Length: 47\r\n\r\n"
    R"({"metadata":{"resourceVersion":"5"},"items":[]})";
constexpr char kWatch[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";

std::string Added(const std::string& name, const std::string& version) {
  return R"({"type":"ADDED","object":{"metadata":{"name":")" + name +
         R"(","uid":"u","resourceVersion":")" + version + "\"}}}\n";
}

// An API server whose watch of the list shows pod a, begins to show pod b and
// falls silent; the watch behind pod a shows pod b.
class DyingServer {
 public:
  std::string url() const { return server_.url(); }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Serve(Connection& connection) {
    const std::string request = connection.ReadRequest();
    Note(request);
    if (request.find("watch=1") == std::string::npos)
      return connection.Write(kList);
    const bool behind_a =
        request.find("resourceVersion=6") != std::string::npos;
    const std::string b = Added("b", "7");
    connection.Write(kWatch);
    connection.Write(behind_a ? b : Added("a", "6") + b.substr(0, 20));
    connection.WaitForClose();
  }
  void Note(const std::string& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }

  mutable std::mutex mutex_;
  std::vector<std::string> requests_;  // guarded by mutex_
  http::LoopbackServer server_{[this](Connection& it) { Serve(it); }};
};

TEST(DeadWatch, IsOpenedAnewWhereItStoodAndNothingIsMissed) {
  DyingServer server;
  base::SystemClock clock;
  std::ostringstream lines;
  base::Logger log(lines, base::LogFormat::kText, base::LogLevel::kError,
                   clock);
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> seen;
  PodCache cache(clock, [&](const CachedPod& pod) {
    const std::lock_guard lock(mutex);
    seen.push_back(pod.pod->name);
    changed.notify_all();
  });
  http::CurlTransport transport({});
  ClusterAccess access;
  access.server = server.url();
  access.name_space = "media";
  ApiClient api(access, transport, clock);
  RestPodClient client(api);
  PodListWatch pods(client, cache, "x=y");
  Reflector reflector(pods, clock, log,
                      {.silence = std::chrono::milliseconds(300)});
  std::jthread run([&](std::stop_token stop) { reflector.Run(stop); });
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::minutes(1),
                                 [&] { return seen.size() >= 2; }));
    EXPECT_THAT(seen, testing::ElementsAre("a", "b"));
  }
  const auto requests = server.requests();
  ASSERT_GE(requests.size(), 3u);
  EXPECT_THAT(requests[0], HasSubstr("limit="));
  EXPECT_THAT(requests[1], HasSubstr("resourceVersion=5"));
  EXPECT_THAT(requests, testing::Contains(HasSubstr("resourceVersion=6")));
  for (size_t i = 1; i < requests.size(); ++i)
    EXPECT_THAT(requests[i], HasSubstr("watch=1")) << "one list is enough";
}

}  // namespace
}  // namespace vexaa::kube
