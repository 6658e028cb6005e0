// What a storage error means for the job: the reason and a sentence that says
// what to do. Pure functions; an error that names a reason already, and
// kCancelled, pass through unchanged.
#pragma once

#include <string_view>

#include "lib/base/status.h"

namespace vexaa::runner {

// `uri` is the object's own, for the sentence.
base::Status SourceError(const base::Status& error, std::string_view uri);
base::Status OutputError(const base::Status& error, std::string_view uri);
// Of an upload that could not be opened.
base::Status StageError(const base::Status& error, std::string_view uri);

}  // namespace vexaa::runner
