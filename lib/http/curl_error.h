// What libcurl's result codes mean here. Pure.
#pragma once

#include <curl/curl.h>

#include <string>

#include "lib/base/status.h"

namespace vexaa::http {

// The Status of a failed transfer; `what` names the request without its query.
base::Status CurlError(CURLcode code, const std::string& what,
                       const char* curl_message);

}  // namespace vexaa::http
