#include "lib/metrics/admin_router.h"

#include <exception>

namespace vexaa::metrics {
namespace {

bool Matches(std::string_view prefix, std::string_view path) {
  if (!path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || path[prefix.size()] == '/';
}

std::string AllowedMethods(const std::map<std::string, AdminHandler>& methods) {
  std::string allowed;
  for (const auto& [method, handler] : methods) {
    if (!allowed.empty()) allowed += ", ";
    allowed += method == "GET" ? "GET, HEAD" : method;
  }
  return allowed;
}

AdminResponse Run(const AdminHandler& handler, const AdminRequest& request) {
  try {
    return handler(request);
  } catch (const std::exception& error) {
    return {.status = 500, .body = std::string(error.what()) + "\n"};
  }
}

}  // namespace

AdminRouter::AdminRouter(const Registry& registry) {
  const AdminHandler alive = [](const AdminRequest&) {
    return AdminResponse{.body = "ok\n"};
  };
  Handle("GET", "/livez", alive);
  Handle("GET", "/healthz", alive);
  Handle("GET", "/readyz", [this](const AdminRequest&) { return Ready(); });
  Handle("GET", "/metrics", [&registry](const AdminRequest&) {
    return AdminResponse{
        .body = registry.Text(),
        .content_type = "text/plain; version=0.0.4; charset=utf-8"};
  });
}

void AdminRouter::Handle(std::string method, std::string path_prefix,
                         AdminHandler handler) {
  routes_[std::move(path_prefix)][std::move(method)] = std::move(handler);
}

void AdminRouter::AddReadyCheck(std::string name, ReadyCheck check) {
  checks_.emplace_back(std::move(name), std::move(check));
}

AdminResponse AdminRouter::Answer(const AdminRequest& request) const {
  const Methods* methods = Find(request.path);
  if (methods == nullptr) return {.status = 404, .body = "not found\n"};
  const bool is_head = request.method == "HEAD";
  const auto found = methods->find(is_head ? "GET" : request.method);
  if (found == methods->end()) {
    return {.status = 405,
            .body = "method not allowed\n",
            .allow = AllowedMethods(*methods)};
  }
  return Run(found->second, request);
}

const AdminRouter::Methods* AdminRouter::Find(std::string_view path) const {
  const Methods* best = nullptr;
  size_t best_size = 0;
  for (const auto& [prefix, methods] : routes_) {
    if (prefix.size() >= best_size && Matches(prefix, path)) {
      best = &methods;
      best_size = prefix.size();
    }
  }
  return best;
}

AdminResponse AdminRouter::Ready() const {
  AdminResponse response;
  for (const auto& [name, check] : checks_) {
    const base::Status status = check();
    if (!status.ok()) response.status = 503;
    response.body += status.ok()
                         ? "[+] " + name + " ok\n"
                         : "[-] " + name + ": " + status.message() + "\n";
  }
  response.body += response.status == 200 ? "ready\n" : "not ready\n";
  return response;
}

}  // namespace vexaa::metrics
