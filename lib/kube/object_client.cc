#include "lib/kube/object_client.h"

#include <utility>

#include "lib/base/digest.h"
#include "lib/base/time_text.h"
#include "lib/http/url.h"
#include "lib/kube/json_value.h"
#include "lib/kube/pod_json.h"

namespace vexaa::kube {
namespace {

constexpr size_t kMaxMessage = 1024;

std::string Seconds(base::Time time) {
  // Event times are metav1.Time: whole seconds.
  return base::FormatRfc3339(std::chrono::floor<std::chrono::seconds>(time))
             .substr(0, 19) +
         "Z";
}

Json EventObject(const EventRecord& event, const std::string& name_space) {
  const std::string time = Seconds(event.time);
  return {{"apiVersion", "v1"},
          {"kind", "Event"},
          {"metadata",
           {{"name", event.about.name + "." + base::RandomHex(8)},
            {"namespace", name_space}}},
          {"involvedObject",
           {{"apiVersion", event.about.api_version},
            {"kind", event.about.kind},
            {"namespace", name_space},
            {"name", event.about.name},
            {"uid", event.about.uid}}},
          {"type", event.type == EventType::kNormal ? "Normal" : "Warning"},
          {"reason", event.reason},
          {"message", Text(Json(event.message), kMaxMessage)},
          {"firstTimestamp", time},
          {"lastTimestamp", time},
          {"count", 1}};
}

std::string Dump(const Json& value) {
  // Bytes that are no UTF-8 (a log's line in a message) become U+FFFD.
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

ObjectClient::ObjectClient(ApiClient& api, std::string component,
                           std::string instance)
    : api_(api),
      component_(std::move(component)),
      instance_(std::move(instance)) {}

base::Result<ObjectRef> ObjectClient::FindConfigMap(std::string_view name,
                                                    std::stop_token stop) {
  ASSIGN_OR_RETURN(
      const std::string body,
      api_.Call(
          {.verb = "get",
           .path = "/api/v1/namespaces/" + api_.name_space() + "/configmaps/" +
                   http::PercentEncode(name, http::Slash::kEncode)},
          stop));
  ObjectRef ref{"v1", "ConfigMap", std::string(name), ""};
  ASSIGN_OR_RETURN(ref.uid, ParseUid(body));
  return ref;
}

base::Status ObjectClient::CreateEvent(const EventRecord& event,
                                       std::stop_token stop) {
  Json object = EventObject(event, api_.name_space());
  object["source"]["component"] = component_;
  object["reportingComponent"] = component_;
  object["reportingInstance"] = instance_;
  const std::string body = Dump(object);
  return api_
      .Call({.verb = "create",
             .method = "POST",
             .path = "/api/v1/namespaces/" + api_.name_space() + "/events",
             .body = body},
            stop)
      .status();
}

}  // namespace vexaa::kube
