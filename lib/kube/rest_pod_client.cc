#include "lib/kube/rest_pod_client.h"

#include <iterator>
#include <utility>

#include "lib/http/url.h"
#include "lib/kube/json_value.h"
#include "lib/kube/pod_json.h"

namespace vexaa::kube {
namespace {

using base::Code;
using base::Result;
using base::Status;
using std::chrono::seconds;

// Lines are counted from the end by the server, bytes only from the start.
constexpr int kLogLines = 400;
constexpr int kMaxLogBytes = 8 << 20;
// Of an object that was just sent nothing else is news, and a server spends
// less on it.
constexpr char kMetadataAlone[] =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, "
    "application/json";

std::string Encode(std::string_view text) {
  return http::PercentEncode(text, http::Slash::kEncode);
}

// Keeps the end of what is appended.
void AppendTail(std::string_view bytes, size_t cap, std::string& tail) {
  tail.append(bytes);
  // Twice the cap before cutting: else every small piece moves the whole.
  if (tail.size() > 2 * cap) tail.erase(0, tail.size() - cap);
}

std::string DeleteOptions(std::string_view uid, std::optional<seconds> grace) {
  Json options = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
  if (!uid.empty()) options["preconditions"]["uid"] = uid;
  if (grace) options["gracePeriodSeconds"] = grace->count();
  return options.dump();
}

Status Pass(Result<PodEvent> event, const OnPodEvent& on_event) {
  if (event.ok()) return on_event(std::move(*event));
  // A newer server may have events we need not know.
  if (event.status().code() == Code::kUnimplemented) return Status::Ok();
  return event.status();
}

}  // namespace

RestPodClient::RestPodClient(ApiClient& api, std::string container)
    : api_(api),
      pods_(api, "/api/v1/namespaces/" + Encode(api.name_space()) + "/pods"),
      container_(std::move(container)) {}

Result<Pod> RestPodClient::Create(std::string_view manifest,
                                  std::stop_token stop) {
  ASSIGN_OR_RETURN(const std::string body, api_.Call({.verb = "create",
                                                      .method = "POST",
                                                      .path = pods_.path(),
                                                      .body = manifest,
                                                      .accept = kMetadataAlone},
                                                     stop));
  return ParsePod(body);
}

Result<Pod> RestPodClient::Get(std::string_view name, std::stop_token stop) {
  ASSIGN_OR_RETURN(
      const std::string body,
      api_.Call({.verb = "get", .path = pods_.PathOf(name)}, stop));
  return ParsePod(body);
}

Result<PodList> RestPodClient::List(std::string_view label_selector,
                                    std::stop_token stop) {
  PodList all;
  const auto take = [&](std::string_view json,
                        bool first) -> Result<Collection::PageEnd> {
    ASSIGN_OR_RETURN(PodPage page, ParsePodPage(json));
    if (first) all.pods.clear();
    std::move(page.list.pods.begin(), page.list.pods.end(),
              std::back_inserter(all.pods));
    return Collection::PageEnd{std::move(page.list.resource_version),
                               std::move(page.next)};
  };
  ASSIGN_OR_RETURN(all.resource_version,
                   pods_.List(label_selector, take, stop));
  return all;
}

Status RestPodClient::Delete(std::string_view name, std::string_view uid,
                             std::optional<seconds> grace,
                             std::stop_token stop) {
  const std::string body = DeleteOptions(uid, grace);
  return api_
      .Call({.verb = "delete",
             .method = "DELETE",
             .path = pods_.PathOf(name),
             .body = body},
            stop)
      .status();
}

Result<std::string> RestPodClient::Logs(std::string_view name,
                                        size_t tail_bytes,
                                        std::stop_token stop) {
  std::string path = pods_.PathOf(name) +
                     "/log?tailLines=" + std::to_string(kLogLines) +
                     "&limitBytes=" + std::to_string(kMaxLogBytes);
  if (!container_.empty()) path += "&container=" + Encode(container_);
  std::string tail;
  const auto keep = [&](std::string_view bytes, std::string_view) {
    AppendTail(bytes, tail_bytes, tail);
    return Status::Ok();
  };
  const Status status =
      api_.Stream({.verb = "logs", .path = std::move(path)}, keep, stop);
  if (status.code() == Code::kInvalidArgument) {
    return Status(Code::kFailedPrecondition, status.message(), "NotStarted");
  }
  RETURN_IF_ERROR(status);
  if (tail.size() > tail_bytes) tail.erase(0, tail.size() - tail_bytes);
  return tail;
}

Status RestPodClient::Watch(const WatchOptions& options,
                            const OnPodEvent& on_event, std::stop_token stop) {
  const Collection::WatchReaders readers = {
      .json =
          [&](std::string_view line) {
            return Pass(ParsePodEvent(line), on_event);
          },
      .protobuf =
          [&](std::string_view frame) {
            return Pass(ParsePodFrame(frame), on_event);
          }};
  return pods_.Watch(options.label_selector, options.resource_version,
                     options.timeout, readers, stop);
}

}  // namespace vexaa::kube
