// What the admin port answers, as a function from request to answer; sockets
// are admin_server's. Register everything first; then Answer may be called
// from one thread at a time.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/status.h"
#include "lib/metrics/registry.h"

namespace vexaa::metrics {

struct AdminRequest {
  std::string method{};
  std::string path{};                            // as sent, without the query
  std::string query{};                           // without its "?"
  std::map<std::string, std::string> headers{};  // names in lower case
  std::string body{};
};

struct AdminResponse {
  int status = 200;
  std::string body{};
  std::string content_type = "text/plain; charset=utf-8";
  std::string allow{};  // with 405: the methods that are allowed
};

// Runs on the server's thread: quick, and safe beside the program's others.
using AdminHandler = std::function<AdminResponse(const AdminRequest&)>;
// OK, or the reason why this part is not ready. Same thread rule.
using ReadyCheck = std::function<base::Status()>;

class AdminRouter {
 public:
  // `registry` must outlive the router.
  explicit AdminRouter(const Registry& registry);

  // The longest matching prefix wins; "/progress" also takes "/progress/7",
  // never "/progressive". GET handlers answer HEAD too.
  void Handle(std::string method, std::string path_prefix,
              AdminHandler handler);
  void AddReadyCheck(std::string name, ReadyCheck check);

  AdminResponse Answer(const AdminRequest& request) const;

 private:
  using Methods = std::map<std::string, AdminHandler>;
  const Methods* Find(std::string_view path) const;
  AdminResponse Ready() const;

  std::map<std::string, Methods, std::less<>> routes_;
  std::vector<std::pair<std::string, ReadyCheck>> checks_;
};

}  // namespace vexaa::metrics
