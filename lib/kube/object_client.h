// The two other objects a controller touches: it reads its release's ConfigMap
// (owner of the pods) and writes Events. Thread-safe; errors as in
// pod_client.h; never retries.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/kube/api_client.h"

namespace vexaa::kube {

struct ObjectRef {
  std::string api_version;  // "v1", "vexaa.io/v1alpha1"
  std::string kind;
  std::string name;
  std::string uid;
};

enum class EventType { kNormal, kWarning };

struct EventRecord {
  ObjectRef about;  // in the namespace of the client
  EventType type = EventType::kNormal;
  std::string reason;   // one CamelCase word
  std::string message;  // a sentence; cut to the server's 1,024 bytes
  base::Time time;
};

// Where events go; an interface for those who only tell.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual base::Status CreateEvent(const EventRecord& event,
                                   std::stop_token stop) = 0;
};

class ObjectClient final : public EventSink {
 public:
  // `api` must outlive the client. `component` and `instance` say who reports.
  ObjectClient(ApiClient& api, std::string component, std::string instance);

  // The ConfigMap as an owner to refer to.
  base::Result<ObjectRef> FindConfigMap(std::string_view name,
                                        std::stop_token stop);
  base::Status CreateEvent(const EventRecord& event,
                           std::stop_token stop) override;

 private:
  ApiClient& api_;
  const std::string component_;
  const std::string instance_;
};

}  // namespace vexaa::kube
