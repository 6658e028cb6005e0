// The one error type: every fallible function returns Status or Result<T>.
// A Status is a value; copies are cheap enough and const use is thread-safe.
// `detail` is a short closed word of the layer that failed (an S3 error code,
// a job reason's name); messages are for people and may change.
#pragma once

#include <cassert>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace vexaa::base {

enum class Code {
  kOk,
  kCancelled,           // the caller asked to stop
  kInvalidArgument,     // the input itself is wrong; repeating never helps
  kNotFound,            // the named thing does not exist
  kAlreadyExists,       // a thing of that name exists already
  kPermissionDenied,    // refused by the other side's access rules
  kFailedPrecondition,  // the thing exists but has changed or is not as asked
  kAborted,             // lost a race; read again and decide again
  kResourceExhausted,   // a limit was reached
  kDeadlineExceeded,    // out of time
  kUnavailable,         // temporary; retrying later may help
  kDataLoss,            // bytes arrived damaged or incomplete
  kUnimplemented,       // not supported here
  kInternal,            // a bug or an impossible answer
};

std::string_view CodeName(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;  // OK
  Status(Code code, std::string message, std::string detail = "")
      : code_(code), message_(std::move(message)), detail_(std::move(detail)) {}

  static Status Ok() { return {}; }

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& detail() const { return detail_; }

  // The same error with `context: ` before its message; OK stays OK.
  Status WithContext(std::string_view context) const;
  // "NOT_FOUND(NoSuchKey): message", for logs and test failures.
  std::string ToString() const;

 private:
  Code code_ = Code::kOk;
  std::string message_;
  std::string detail_;
};

std::ostream& operator<<(std::ostream& out, const Status& status);

// A value, or the Status that says why there is none (never OK).
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT
  Result(Status status) : status_(std::move(status)) {  // NOLINT
    assert(!status_.ok());
    if (status_.ok()) status_ = Status(Code::kInternal, "OK without a value");
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  const T& value() const& { return *value_; }
  T& value() & { return *value_; }
  T&& value() && { return std::move(*value_); }
  const T& operator*() const& { return *value_; }
  T& operator*() & { return *value_; }
  T&& operator*() && { return std::move(*value_); }
  const T* operator->() const { return &*value_; }
  T* operator->() { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace vexaa::base

#define VEXAA_CONCAT_INNER(a, b) a##b
#define VEXAA_CONCAT(a, b) VEXAA_CONCAT_INNER(a, b)

// Returns from the enclosing function when `expr` (a Status) is not OK.
#define RETURN_IF_ERROR(expr)                                            \
  do {                                                                   \
    if (::vexaa::base::Status vexaa_status = (expr); !vexaa_status.ok()) \
      return vexaa_status;                                               \
  } while (false)

// `ASSIGN_OR_RETURN(auto x, F());`: the value of a Result, or return its error.
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL(VEXAA_CONCAT(vexaa_result_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL(result, lhs, expr) \
  auto result = (expr);                          \
  if (!result.ok()) return result.status();      \
  lhs = std::move(*result)
