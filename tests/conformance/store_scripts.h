// The SQL scripts of db/, as the tests run them.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace vexaa::store {

// A file of db/; a test failure when it is not there.
std::string ReadDbFile(const std::string& name);
// The statements of a script, without comments; none of ours holds a ';'.
std::vector<std::string> StatementsOf(const std::string& script);
// The statements below each "-- [name]" of a script.
std::map<std::string, std::vector<std::string>> ExamplesOf(
    const std::string& script);

}  // namespace vexaa::store
