// Rows of the database as the values of lib/jobs. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/status.h"
#include "lib/jobs/job.h"
#include "lib/jobs/profile.h"
#include "lib/store/job_store.h"
#include "lib/store/sql_connection.h"

namespace vexaa::store {

// kInternal: a state or reason this program does not know.
base::Result<jobs::Job> JobFromRow(const SqlRow& row);
Queue QueueFromRow(const SqlRow& row);
// `first` is the column of its index.
JobOutput OutputFromRow(const SqlRow& row, size_t first = 0);
// Nothing when the row names a codec or numbers this program cannot make.
std::optional<jobs::Profile> ProfileFromRow(const SqlRow& row);

// The first column of each row.
std::vector<uint64_t> IdsOf(const SqlRows& rows);
std::vector<jobs::JobId> JobIdsOf(const SqlRows& rows);
SqlParams TextParams(const std::vector<std::string>& texts);
void AppendIds(SqlParams& params, const std::vector<uint64_t>& ids);
// As a statement's "? = 1" asks for it.
inline int64_t Flag(bool value) { return value ? 1 : 0; }

// At most `max_bytes` of text that a utf8mb4 column takes: bytes that are not
// UTF-8 become '?', and no character is cut in two. Keeps the start.
std::string FitText(std::string_view text, size_t max_bytes);
// The same; keeps the end.
std::string FitTail(std::string_view text, size_t max_bytes);

}  // namespace vexaa::store
