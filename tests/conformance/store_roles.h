// A migrated database with db/roles.*.sql run on it, twice, under names of this
// object's own, so that runs may overlap. Roles and logins go with it.
#pragma once

#include <memory>
#include <string>

#include "tests/conformance/store_bed.h"

namespace vexaa::store {

class TestRoles {
 public:
  explicit TestRoles(Server server);
  ~TestRoles();
  TestRoles(const TestRoles&) = delete;
  TestRoles& operator=(const TestRoles&) = delete;

  const TestDatabase& database() const { return *database_; }
  // A connection of the login of "controller", "submit" or "read"; nothing,
  // and a test failure, when the server refuses.
  std::unique_ptr<SqlConnection> Login(const std::string& name);

 private:
  std::string Role(const std::string& name) const;

  const std::string suffix_;
  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<SqlConnection> root_;
};

}  // namespace vexaa::store
