#include "lib/kube/collection.h"

#include "lib/http/url.h"
#include "lib/kube/proto_json.h"
#include "lib/kube/watch_decoder.h"
#include "lib/kube/watch_frames.h"

namespace vexaa::kube {
namespace {

using std::chrono::seconds;

// client-go's own page size; a pod is about 8 KiB.
constexpr int kPageSize = 500;
constexpr size_t kMaxPageBytes = 32 << 20;
// A continue token lives five minutes; losing one thrice is no accident.
constexpr int kListTries = 3;
// The server ends a watch by itself; this is for one that does not.
constexpr seconds kWatchGrace{30};

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kProtobufOrJson =
    "application/vnd.kubernetes.protobuf, application/json";

std::string Encode(std::string_view text) {
  return http::PercentEncode(text, http::Slash::kEncode);
}

}  // namespace

std::string Collection::PathOf(std::string_view name) const {
  return path_ + "/" + Encode(name);
}

base::Result<std::string> Collection::List(std::string_view label_selector,
                                           const OnPage& on_page,
                                           std::stop_token stop) const {
  for (int tries = 1;; ++tries) {
    auto version = ListOnce(label_selector, on_page, stop);
    const bool expired = !version.ok() && version.status().code() ==
                                              base::Code::kFailedPrecondition;
    if (!expired || tries == kListTries) return version;
  }
}

base::Result<std::string> Collection::ListOnce(std::string_view label_selector,
                                               const OnPage& on_page,
                                               std::stop_token stop) const {
  Collection::PageEnd end;
  bool first = true;
  do {
    std::string path = path_ + "?limit=" + std::to_string(kPageSize) +
                       "&labelSelector=" + Encode(label_selector);
    if (!end.next.empty()) path += "&continue=" + Encode(end.next);
    ASSIGN_OR_RETURN(const std::string body,
                     api_.Call({.verb = "list",
                                .path = std::move(path),
                                .max_body_bytes = kMaxPageBytes},
                               stop));
    ASSIGN_OR_RETURN(end, on_page(body, first));
    first = false;
  } while (!end.next.empty());
  return end.resource_version;
}

base::Status Collection::Watch(std::string_view label_selector,
                               std::string_view resource_version,
                               seconds timeout, const WatchReaders& readers,
                               std::stop_token stop) const {
  const std::string path =
      path_ + "?watch=1&allowWatchBookmarks=true&resourceVersion=" +
      Encode(resource_version) +
      "&timeoutSeconds=" + std::to_string(timeout.count()) +
      "&labelSelector=" + Encode(label_selector);
  WatchDecoder lines;
  WatchFrames frames;
  const auto decode = [&](std::string_view bytes, std::string_view type) {
    return type.starts_with(kProtobufType) && readers.protobuf
               ? frames.Feed(bytes, readers.protobuf)
               : lines.Feed(bytes, readers.json);
  };
  return api_.Stream({.verb = "watch",
                      .path = path,
                      .accept = readers.protobuf ? kProtobufOrJson : kJson,
                      .timeout = timeout + kWatchGrace},
                     decode, stop);
}

}  // namespace vexaa::kube
