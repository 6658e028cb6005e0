// The spec of an AudioJob as a row to be made. PURE.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/status.h"
#include "lib/kube/audio_job.h"
#include "lib/store/resource_store.h"

namespace vexaa::controller {

// InvalidJob (detail) names the field at fault; most faults the resource's
// schema has refused before.
base::Result<store::ResourceJob> RowOf(const kube::AudioJob& job,
                                       std::string_view name_space);

// Equal for specs that differ in nothing but priority.
std::string SpecDigest(std::string_view spec_json);

}  // namespace vexaa::controller
