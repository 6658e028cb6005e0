#include "tests/conformance/store_roles.h"

#include <gtest/gtest.h>

#include <regex>

#include "lib/base/digest.h"
#include "tests/conformance/store_scripts.h"

namespace vexaa::store {
namespace {

constexpr const char* kNames[] = {"controller", "submit", "read"};

}  // namespace

TestRoles::TestRoles(Server server)
    : suffix_(base::RandomHex(4)),
      database_(std::make_unique<TestDatabase>(*ServerOptions(server))) {
  database_->Migrate();
  root_ = database_->Connect();
  std::string script = ReadDbFile(
      server == Server::kMariaDb ? "roles.mariadb.sql" : "roles.mysql.sql");
  for (const char* name : kNames)
    script = std::regex_replace(
        script, std::regex(std::string("vexaa_") + name + "\\b"), Role(name));
  for (const char* name : kNames)
    script = std::regex_replace(
        script, std::regex(std::string("vexaa_") + name + "_login"),
        Role(name) + "_l");
  for (int run = 0; run < 2; ++run)
    for (const std::string& statement : StatementsOf(script))
      MustRun(*root_, statement);
}

TestRoles::~TestRoles() {
  for (const char* name : kNames) {
    MustRun(*root_, "DROP USER '" + Role(name) + "_l'@'%'");
    MustRun(*root_, "DROP ROLE " + Role(name));
  }
}

std::string TestRoles::Role(const std::string& name) const {
  return "vx" + suffix_ + "_" + name;
}

std::unique_ptr<SqlConnection> TestRoles::Login(const std::string& name) {
  MustRun(*root_, "ALTER USER '" + Role(name) +
                      "_l'@'%' IDENTIFIED BY '' ACCOUNT UNLOCK");
  SqlOptions options = database_->options();
  options.user = Role(name) + "_l";
  auto opened = SqlConnection::Open(options);
  EXPECT_TRUE(opened.ok()) << opened.status();
  return opened.ok() ? std::move(*opened) : nullptr;
}

}  // namespace vexaa::store
