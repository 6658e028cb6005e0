// fault_proxy: see README.md beside this file.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "lib/base/digest.h"
#include "lib/kube/kube_config.h"
#include "tests/proxy/fault_proxy.h"

namespace vexaa::proxy {
namespace {

using base::Result;
using base::Status;

struct Flags {
  std::string upstream;
  std::string kubeconfig;
  std::string write_kubeconfig;
  std::string write_ca;
  double delay_ms = 0;
  double bits_per_second = 0;
  ProxyOptions options;
};

Result<Upstream> OfCluster(const kube::ClusterAccess& access) {
  ASSIGN_OR_RETURN(Upstream upstream, ParseUpstream(access.server));
  if (upstream.tls) upstream.tls = access.tls;
  std::string token = access.token;
  if (!access.token_file.empty())
    std::getline(std::ifstream(access.token_file), token);
  if (!token.empty()) upstream.authorization = "Bearer " + token;
  return upstream;
}

// Without secrets: the proxy shows its own to the server.
std::string Kubeconfig(const FaultProxy& proxy, const std::string& name_space,
                       const std::string& address) {
  nlohmann::json cluster = {
      {"server", (proxy.ca_pem().empty() ? "http://" : "https://") + address +
                     ":" + std::to_string(proxy.port())}};
  if (!proxy.ca_pem().empty())
    cluster["certificate-authority-data"] =
        base::Base64(base::AsBytes(proxy.ca_pem()));
  nlohmann::json named = {{"cluster", "proxy"}, {"user", "proxy"}};
  named["namespace"] = name_space;
  return nlohmann::json{
      {"apiVersion", "v1"},
      {"kind", "Config"},
      {"current-context", "proxy"},
      {"clusters", {{{"name", "proxy"}, {"cluster", cluster}}}},
      {"users", {{{"name", "proxy"}, {"user", nlohmann::json::object()}}}},
      {"contexts", {{{"name", "proxy"}, {"context", named}}}}}
      .dump(1);
}

Status Run(Flags& flags) {
  std::string name_space = "default";
  if (!flags.kubeconfig.empty()) {
    ASSIGN_OR_RETURN(kube::ClusterAccess access,
                     kube::LoadKubeconfig(flags.kubeconfig));
    name_space = access.name_space;
    ASSIGN_OR_RETURN(flags.options.upstream, OfCluster(access));
  } else {
    ASSIGN_OR_RETURN(flags.options.upstream, ParseUpstream(flags.upstream));
  }
  std::chrono::duration<double, std::milli> delay(flags.delay_ms);
  flags.options.link = {
      std::chrono::duration_cast<std::chrono::nanoseconds>(delay),
      flags.bits_per_second};
  flags.options.listen_control = true;
  ASSIGN_OR_RETURN(std::unique_ptr<FaultProxy> proxy,
                   FaultProxy::Start(flags.options));
  if (!flags.write_kubeconfig.empty())
    std::ofstream(flags.write_kubeconfig)
        << Kubeconfig(*proxy, name_space, flags.options.address) << "\n";
  if (!flags.write_ca.empty()) std::ofstream(flags.write_ca) << proxy->ca_pem();
  nlohmann::json started = {{"port", proxy->port()},
                            {"control", proxy->control_port()}};
  std::cout << started.dump() << std::endl;
  proxy->WaitForQuit();
  return Status::Ok();
}

}  // namespace
}  // namespace vexaa::proxy

int main(int argc, char** argv) {
  vexaa::proxy::Flags flags;
  CLI::App app(
      "fault_proxy: forwards TCP connections, and delays, limits and disturbs "
      "them as its control port is told (tests/proxy/README.md). Prints its "
      "ports as one line of JSON.");
  auto* upstream =
      app.add_option("--upstream", flags.upstream,
                     "tcp://HOST:PORT, http://..., https://... or mysql://...");
  auto* kubeconfig =
      app.add_option("--kubeconfig", flags.kubeconfig,
                     "speak to this file's cluster, with its certificates");
  upstream->excludes(kubeconfig);
  app.add_option("--write-kubeconfig", flags.write_kubeconfig,
                 "write a file there that leads through this proxy");
  app.add_option("--address", flags.options.address,
                 "IP address to listen on (127.0.0.1)");
  app.add_option("--port", flags.options.port, "port to listen on (any free)");
  app.add_flag("--tls", flags.options.listen_tls,
               "listen in TLS, with a certificate of its own");
  app.add_option("--write-ca", flags.write_ca, "write that certificate there");
  app.add_option("--delay-ms", flags.delay_ms,
                 "one-way delay of the link, in each direction");
  app.add_option("--bits-per-second", flags.bits_per_second,
                 "rate of the link, in each direction, for all connections");
  CLI11_PARSE(app, argc, argv);
  if (flags.upstream.empty() && flags.kubeconfig.empty()) {
    std::cerr << "fault_proxy: give --upstream or --kubeconfig\n";
    return 64;
  }
  vexaa::base::Status status = vexaa::proxy::Run(flags);
  if (status.ok()) return 0;
  std::cerr << "fault_proxy: " << status.message() << "\n";
  return 69;
}
