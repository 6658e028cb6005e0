#include "lib/config/config_help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vexaa::config {
namespace {

using ::testing::HasSubstr;

struct Example {
  std::string host;
  int port = 3306;
  std::string url = "http://x";
  std::vector<std::string> queues = {"default"};
};

void Bind(YamlReader& reader, Example& config) {
  reader.Field("database.host", &config.host, {.required = true}, "Host");
  reader.Field("database.port", &config.port, {.min = 1, .max = 65535},
               "TCP port");
  reader.Field("url", &config.url, "Place");
  reader.Field("queues", &config.queues, "Queues served");
}

TEST(ConfigHelp, ShowsEveryFieldWithDefaultRuleAndVariable) {
  Example config;
  YamlReader reader({.file_name = "c.yaml", .text = ""});
  Bind(reader, config);
  EXPECT_EQ(FormatConfigHelp(reader.fields()),
            "database:\n"
            "  # Host (text, required; VEXAA_DATABASE_HOST)\n"
            "  # host: ...\n"
            "  # TCP port (whole number, between 1 and 65535; "
            "VEXAA_DATABASE_PORT)\n"
            "  port: 3306\n"
            "# Place (text; VEXAA_URL)\n"
            "url: \"http://x\"\n"
            "# Queues served (list; VEXAA_QUEUES)\n"
            "queues: [default]\n");
}

TEST(ConfigHelp, IsItselfAConfigWithTheDefaults) {
  Example first;
  first.host = "db";
  YamlReader reader({.file_name = "c.yaml", .text = ""});
  Bind(reader, first);
  Example second{"", 0, "", {}};
  YamlReader again(
      {.file_name = "help", .text = FormatConfigHelp(reader.fields())});
  Bind(again, second);
  EXPECT_TRUE(again.Finish().ok());
  EXPECT_EQ(second.host, "db");
  EXPECT_EQ(second.port, 3306);
  EXPECT_EQ(second.url, "http://x");
}

TEST(ConfigHelp, MakesATable) {
  Example config;
  YamlReader reader({.file_name = "c.yaml", .text = ""});
  Bind(reader, config);
  EXPECT_THAT(FormatConfigTable(reader.fields()),
              HasSubstr("| `database.port` | `VEXAA_DATABASE_PORT` | whole "
                        "number, between 1 and 65535 | `3306` | TCP port |\n"));
}

}  // namespace
}  // namespace vexaa::config
