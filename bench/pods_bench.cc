// A bare loop of pod POSTs, over as many kept connections as asked for.
//
//   vexaa-bench-pods KUBECONFIG NAMESPACE COUNT CONNECTIONS PREFIX < pod.json
//
// Each pod is the one read, named PREFIX-N. The texts are made and the
// connections opened before the clock starts. Prints one line of JSON: the
// seconds of the whole loop, and the milliseconds of each POST.
#include <atomic>
#include <barrier>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "bench/must.h"
#include "lib/base/clock.h"
#include "lib/http/curl_transport.h"
#include "lib/kube/api_client.h"
#include "lib/kube/kube_config.h"

namespace vexaa::bench {
namespace {

using Json = nlohmann::json;

std::vector<std::string> BodiesOf(Json pod, const std::string& prefix,
                                  int count) {
  std::vector<std::string> bodies;
  for (int i = 0; i < count; ++i) {
    pod["metadata"]["name"] = prefix + "-" + std::to_string(i);
    bodies.push_back(pod.dump());
  }
  return bodies;
}

struct Figures {
  double seconds = 0;
  std::vector<double> milliseconds;
};

double SecondsSince(const base::Clock& clock, base::Duration start) {
  return std::chrono::duration<double>(clock.Elapsed() - start).count();
}

Figures Post(kube::ApiClient& api, const std::string& path,
             const std::vector<std::string>& bodies, int connections) {
  base::SystemClock clock;
  Figures figures{0, std::vector<double>(bodies.size())};
  std::atomic<size_t> next = 0;
  std::atomic<base::Duration::rep> start = 0;
  std::barrier ready(connections,
                     [&]() noexcept { start = clock.Elapsed().count(); });
  std::vector<std::jthread> threads;
  for (int i = 0; i < connections; ++i)
    threads.emplace_back([&] {
      Must(api.Call({.verb = "list", .path = path + "?limit=1"}, {}));
      ready.arrive_and_wait();
      for (size_t at = next++; at < bodies.size(); at = next++) {
        base::Duration sent = clock.Elapsed();
        Must(api.Call({.verb = "create",
                       .method = "POST",
                       .path = path,
                       .body = bodies[at]},
                      {}));
        figures.milliseconds[at] = SecondsSince(clock, sent) * 1e3;
      }
    });
  threads.clear();  // joins
  figures.seconds = SecondsSince(clock, base::Duration(start.load()));
  return figures;
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() != 5) {
    std::cerr << "vexaa-bench-pods KUBECONFIG NAMESPACE COUNT CONNECTIONS "
                 "PREFIX < pod.json\n";
    return 64;
  }
  kube::ClusterAccess access = Must(kube::LoadKubeconfig(arguments[0]));
  http::CurlOptions options;
  options.tls = access.tls;
  http::CurlTransport transport(options);
  base::SystemClock clock;
  kube::ApiClient api(access, transport, clock);
  Json pod = Json::parse(std::cin);
  Figures figures = Post(api, "/api/v1/namespaces/" + arguments[1] + "/pods",
                         BodiesOf(pod, arguments[4], std::stoi(arguments[2])),
                         std::stoi(arguments[3]));
  Json answer = {{"seconds", figures.seconds},
                 {"milliseconds", figures.milliseconds}};
  std::cout << answer.dump() << "\n";
  return 0;
}

}  // namespace
}  // namespace vexaa::bench

int main(int argc, char** argv) {
  return vexaa::bench::Main({argv + 1, argv + argc});
}
