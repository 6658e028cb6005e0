// The cluster that tests of REST clients speak of.
#pragma once

#include "lib/kube/api_client.h"

namespace vexaa::kube {

inline ClusterAccess MediaAccess() {
  ClusterAccess access;
  access.server = "https://api:6443";
  access.token = "secret";
  access.name_space = "media";
  return access;
}

}  // namespace vexaa::kube
