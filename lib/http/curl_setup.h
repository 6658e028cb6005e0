// Turns our options and requests into curl's options.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string_view>

#include "lib/base/status.h"
#include "lib/http/curl_transport.h"
#include "lib/http/http_transport.h"

namespace vexaa::http {

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

// Sets options and remembers the first that was refused.
class Setup {
 public:
  explicit Setup(CURL* easy) : easy_(easy) {}
  template <typename T>
  void Set(CURLoption option, T value) {
    if (error_ == CURLE_OK) error_ = curl_easy_setopt(easy_, option, value);
  }
  void SetText(CURLoption option, const std::string& text) {
    if (!text.empty()) Set(option, text.c_str());
  }
  // The PEM text must outlive the transfer: it is not copied.
  void SetPem(CURLoption option, const std::string& text) {
    if (text.empty()) return;
    curl_blob blob{const_cast<char*>(text.data()), text.size(),
                   CURL_BLOB_NOCOPY};
    Set(option, &blob);
  }
  CURLcode error() const { return error_; }

 private:
  CURL* easy_;
  CURLcode error_ = CURLE_OK;
};

// What curl's new sockets get, and the last of them.
struct SocketSetup {
  const CurlOptions& options;
  curl_socket_t& opened;
};

// All of these must outlive the transfer: curl copies no request body and no
// PEM text.
void SetConnection(Setup& setup, SocketSetup& sockets);
void SetRequest(Setup& setup, const Request& request);

// kInvalidArgument: a line break that would become a header of its own.
base::Status CheckLines(const Request& request);
base::Result<HeaderList> MakeHeaders(const Request& request);

}  // namespace vexaa::http
