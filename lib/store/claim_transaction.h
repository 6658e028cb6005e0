// One claim, as often as it takes to get it through: remembers which rows it
// locked, so that a repeat first asks whether the COMMIT before it went
// through. Thread-compatible; `request` must outlive it.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/base/status.h"
#include "lib/store/job_store.h"
#include "lib/store/sql_connection.h"

namespace vexaa::store {

class ClaimTransaction {
 public:
  explicit ClaimTransaction(const ClaimRequest& request) : request_(request) {}

  // The statements between BEGIN and COMMIT.
  base::Status Run(SqlConnection& connection);

  // The rows claimed by the last Run(), ascending.
  const std::vector<uint64_t>& ids() const { return ids_; }
  // What finds them again: the nonce, then their ids.
  SqlParams NonceAndIds() const;

 private:
  base::Result<bool> WasCommitted(SqlConnection& connection);
  base::Status Select(SqlConnection& connection);

  const ClaimRequest& request_;
  std::vector<uint64_t> ids_;
};

}  // namespace vexaa::store
