// For benches: takes the value, or ends the program with the error's sentence.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>

#include "lib/base/status.h"

namespace vexaa::bench {

inline void Must(const base::Status& status) {
  if (status.ok()) return;
  std::cerr << status << "\n";
  std::exit(1);
}

template <typename T>
T Must(base::Result<T> result) {
  Must(result.status());
  return std::move(*result);
}

inline void MustBe(bool good, const char* what) {
  if (good) return;
  std::cerr << "not so: " << what << "\n";
  std::exit(1);
}

// The value of an environment variable that has to be set.
inline std::string Env(const char* name) {
  const char* value = std::getenv(name);
  MustBe(value != nullptr, name);
  return value;
}

}  // namespace vexaa::bench
