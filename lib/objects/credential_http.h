// What the sources of keys that are asked over HTTP have in common. Errors name
// the source, never a secret.
#pragma once

#include <string>

#include "lib/base/clock.h"
#include "lib/http/http_transport.h"
#include "lib/objects/refreshing_credentials.h"

namespace vexaa::objects {

// The answer, whatever its status; kUnavailable, naming `source`, when there is
// none or only 429 and 5xx after three tries within their time-outs.
base::Result<http::Response> AskForKeys(http::HttpTransport& transport,
                                        base::Clock& clock,
                                        const http::Request& request,
                                        const std::string& source,
                                        std::stop_token stop);

// The JSON that container endpoints and instances answer with.
base::Result<TemporaryCredentials> ParseKeysJson(const std::string& body,
                                                 const std::string& source);

// InvalidConfig: `source` refused, or is set up wrongly.
base::Status SourceBroken(const std::string& source, const std::string& what);

// "403, AccessDenied: not you" out of an answer, cut to a sentence's length and
// without bytes that a log could not hold.
std::string Refusal(int http_status, const std::string& words);

}  // namespace vexaa::objects
