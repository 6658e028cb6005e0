// What the tests of db/examples.sql share: a database with the roles on it, a
// connection of the schema's owner and one of a user who may submit. Its tests
// lie in several files, by what they ask for.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/conformance/store_bed.h"
#include "tests/conformance/store_roles.h"
#include "tests/conformance/store_scripts.h"

namespace vexaa::store {

class ExamplesTest : public testing::TestWithParam<Server> {
 protected:
  void SetUp() override {
    SKIP_WITHOUT(GetParam());
    roles_ = std::make_unique<TestRoles>(GetParam());
    root_ = roles_->database().Connect();
    user_ = roles_->Login("submit");
    ASSERT_NE(user_, nullptr);
  }

  // Runs the statements of one example as a user.
  void Run(const std::string& name) { RunAs(*user_, name); }
  void RunAs(SqlConnection& who, const std::string& name) {
    auto found = examples_.find(name);
    ASSERT_NE(found, examples_.end()) << name;
    for (const std::string& statement : found->second) {
      base::Status status = who.Run(statement);
      EXPECT_TRUE(status.ok()) << status << "\n" << statement;
    }
  }
  void Insert(const std::string& columns, const std::string& rows) {
    MustRun(*root_, "INSERT INTO jobs (" + columns + ") VALUES " + rows);
  }
  std::string One(const std::string& sql) { return Cell(*root_, sql); }
  std::string Row(int id, const std::string& what) {
    return One("SELECT " + what +
               " FROM jobs WHERE id = " + std::to_string(id));
  }
  std::string Count(const std::string& where) {
    return One("SELECT COUNT(*) FROM jobs WHERE " + where);
  }

  const std::map<std::string, std::vector<std::string>> examples_ =
      ExamplesOf(ReadDbFile("examples.sql"));
  std::unique_ptr<TestRoles> roles_;
  std::unique_ptr<SqlConnection> root_;
  std::unique_ptr<SqlConnection> user_;
};

}  // namespace vexaa::store
