// Local paths of a command line as file:// URIs, and the folders they need.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/status.h"

namespace vexaa::runner {

struct GivenPlace {
  std::string uri;   // s3://... or file:///...
  std::string root;  // of a file: its folder; empty for s3://
};

// What a person wrote: a URI stays as it is, anything else is a local path
// whose links are resolved as a shell user expects. InvalidJob when the folder
// of it does not exist or it names a folder itself.
base::Result<GivenPlace> ResolvePlace(std::string_view text);

}  // namespace vexaa::runner
