#include "lib/store/claim_transaction.h"

#include <algorithm>

#include "lib/store/job_rows.h"
#include "lib/store/job_sql.h"

namespace vexaa::store {

base::Status ClaimTransaction::Run(SqlConnection& connection) {
  if (!ids_.empty()) {
    ASSIGN_OR_RETURN(bool committed, WasCommitted(connection));
    if (committed) return base::Status::Ok();
  }
  RETURN_IF_ERROR(Select(connection));
  if (ids_.empty()) return base::Status::Ok();
  SqlParams update = {request_.owner, request_.nonce};
  AppendIds(update, ids_);
  auto updated =
      connection.Execute(sql::WithList(sql::kClaimUpdate, ids_.size()), update);
  if (!updated.ok()) return updated.status();
  SqlParams insert;
  AppendIds(insert, ids_);
  return connection
      .Execute(sql::WithList(sql::kClaimAttempts, ids_.size()), insert)
      .status();
}

SqlParams ClaimTransaction::NonceAndIds() const {
  SqlParams params = {request_.nonce};
  AppendIds(params, ids_);
  return params;
}

base::Result<bool> ClaimTransaction::WasCommitted(SqlConnection& connection) {
  ASSIGN_OR_RETURN(
      SqlRows rows,
      connection.Query(sql::WithList(sql::kClaimRecheck, ids_.size()),
                       NonceAndIds()));
  return !rows.empty();
}

base::Status ClaimTransaction::Select(SqlConnection& connection) {
  ids_.clear();
  SqlParams params = {request_.queue};
  if (request_.up_to) params.emplace_back(request_.up_to->value());
  params.emplace_back(static_cast<int64_t>(request_.limit));
  ASSIGN_OR_RETURN(
      SqlRows rows,
      connection.Query(
          request_.up_to ? sql::kClaimSelectUpTo : sql::kClaimSelect, params));
  ids_ = IdsOf(rows);
  // Everybody locks primary keys in one order, or two claims deadlock.
  std::sort(ids_.begin(), ids_.end());
  return base::Status::Ok();
}

}  // namespace vexaa::store
