#include "tests/conformance/store_scripts.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

namespace vexaa::store {

std::string ReadDbFile(const std::string& name) {
  std::ifstream file(std::string(VEXAA_DB_DIR) + "/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> StatementsOf(const std::string& script) {
  std::string text = std::regex_replace(script, std::regex("--[^\n]*"), "");
  std::vector<std::string> statements;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ';');)
    if (part.find_first_not_of(" \n") != std::string::npos)
      statements.push_back(part);
  return statements;
}

std::map<std::string, std::vector<std::string>> ExamplesOf(
    const std::string& script) {
  std::map<std::string, std::string> texts;
  std::string* current = nullptr;
  std::istringstream lines(script);
  for (std::string line; std::getline(lines, line);) {
    size_t end = line.find(']');
    if (line.starts_with("-- [") && end != std::string::npos)
      current = &texts[line.substr(4, end - 4)];
    else if (current != nullptr)
      *current += line + "\n";
  }
  std::map<std::string, std::vector<std::string>> examples;
  for (const auto& [name, text] : texts) examples[name] = StatementsOf(text);
  return examples;
}

}  // namespace vexaa::store
