// The objects of one kind in one namespace: listed in pages and watched.
// Thread-safe; never retries, but for a list whose pages expired meanwhile.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "lib/base/status.h"
#include "lib/kube/api_client.h"

namespace vexaa::kube {

class Collection {
 public:
  struct PageEnd {
    std::string resource_version;
    std::string next;  // continue token; empty: the last page
  };
  // Takes the JSON of a page; `first`: what came before is void.
  using OnPage =
      std::function<base::Result<PageEnd>(std::string_view json, bool first)>;
  // Takes one event.
  using OnEvent = std::function<base::Status(std::string_view text)>;
  struct WatchReaders {
    OnEvent json;
    OnEvent protobuf = nullptr;  // where there is one, it is asked for
  };

  // `api` must outlive it. `path` like "/api/v1/namespaces/default/pods".
  Collection(ApiClient& api, std::string path)
      : api_(api), path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  std::string PathOf(std::string_view name) const;

  // Newest state, as of one moment; returns its resource version.
  base::Result<std::string> List(std::string_view label_selector,
                                 const OnPage& on_page,
                                 std::stop_token stop) const;
  // Blocks. OK: the server ended it.
  base::Status Watch(std::string_view label_selector,
                     std::string_view resource_version,
                     std::chrono::seconds timeout, const WatchReaders& readers,
                     std::stop_token stop) const;

 private:
  base::Result<std::string> ListOnce(std::string_view label_selector,
                                     const OnPage& on_page,
                                     std::stop_token stop) const;

  ApiClient& api_;
  const std::string path_;
};

}  // namespace vexaa::kube
