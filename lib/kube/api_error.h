// Answers of the Kubernetes API that are errors, as Status. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/http/http_transport.h"

namespace vexaa::kube {

// OK for 2xx; else the error (codes as in pod_client.h) with the sentence of
// the Status object in the body, or the HTTP code where there is none.
base::Status StatusOfAnswer(const http::Response& response);

// The same for a Status object that arrived as a watch's ERROR event.
base::Status StatusOfErrorObject(std::string_view json);

// How long the server asked us to wait, at most 60 s; none if it did not.
std::optional<base::Duration> RetryAfterOf(const base::Status& status);

}  // namespace vexaa::kube
