// What a Reflector follows: objects of one kind, listed and then watched, and
// the view that is kept of them. Called by the reflector's thread only.
// Errors as in pod_client.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>

#include "lib/base/status.h"

namespace vexaa::kube {

class ListWatch {
 public:
  struct Listed {
    std::string resource_version;  // where a watch goes on; opaque
    size_t count = 0;
    std::function<void()> apply;  // makes it the view
  };
  struct Event {
    std::string resource_version;
    bool bookmark = false;        // nothing but the version
    std::function<void()> apply;  // changes the view
  };
  using OnEvent = std::function<base::Status(const Event&)>;

  virtual ~ListWatch() = default;

  // "pods", for logs.
  virtual std::string_view kind() const = 0;
  virtual base::Result<Listed> List(std::stop_token stop) = 0;
  // Blocks; an error of `on_event` ends it. OK: the server ended the watch,
  // which it does after `timeout`.
  virtual base::Status Watch(const std::string& resource_version,
                             std::chrono::seconds timeout,
                             const OnEvent& on_event, std::stop_token stop) = 0;
};

}  // namespace vexaa::kube
