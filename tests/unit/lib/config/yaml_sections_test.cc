#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/config/config_help.h"
#include "lib/config/yaml_reader.h"

namespace vexaa::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Shop {
  std::string name;
  int doors = 1;
};

void Bind(YamlReader& reader, std::vector<Shop>* shops) {
  reader.Sections("shops", "Shops", [&](const std::string& at) {
    Shop shop;
    reader.Field(at + "name", &shop.name, {.required = true}, "Name");
    reader.Field(at + "size.doors", &shop.doors, {.min = 1, .max = 9}, "Doors");
    if (at != "shops[].") shops->push_back(shop);
  });
}

base::Status Read(const std::string& text, std::vector<Shop>* shops,
                  const std::string& environment = "") {
  YamlReader reader({.file_name = "c.yaml",
                     .text = text,
                     .environment = [&](const std::string& name)
                         -> std::optional<std::string> {
                       if (name != "VEXAA_SHOPS" || environment.empty())
                         return std::nullopt;
                       return environment;
                     }});
  Bind(reader, shops);
  return reader.Finish();
}

TEST(YamlSections, ReadsEachItem) {
  std::vector<Shop> shops;
  auto status =
      Read("shops:\n- name: a\n- name: b\n  size: {doors: 3}\n", &shops);
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(shops.size(), 2u);
  EXPECT_EQ(shops[0].name, "a");
  EXPECT_EQ(shops[0].doors, 1);
  EXPECT_EQ(shops[1].doors, 3);
}

TEST(YamlSections, NeedNotBeThere) {
  std::vector<Shop> shops;
  EXPECT_TRUE(Read("", &shops).ok());
  EXPECT_TRUE(Read("shops: []", &shops).ok());
  EXPECT_TRUE(shops.empty());
}

TEST(YamlSections, NameTheLineOfEveryFault) {
  std::vector<Shop> shops;
  auto status = Read(
      "shops:\n- name: a\n  size:\n    doors: 12\n- nam: b\n- plain\n", &shops);
  EXPECT_THAT(status.message(), HasSubstr("c.yaml:4: shops[0].size.doors: "));
  EXPECT_THAT(status.message(),
              HasSubstr("c.yaml:5: shops[1].nam: is no key that is known here; "
                        "did you mean 'shops[1].name'?"));
  EXPECT_THAT(status.message(), HasSubstr("shops[1].name: is required"));
  EXPECT_THAT(status.message(), HasSubstr("c.yaml:6: shops[2]: "));
}

TEST(YamlSections, RefuseWhatIsNoList) {
  std::vector<Shop> shops;
  EXPECT_THAT(Read("shops: {name: a}", &shops).message(),
              HasSubstr("shops: must be a list of sections"));
  EXPECT_THAT(Read("", &shops, "{\"name\": 1}").message(),
              HasSubstr("VEXAA_SHOPS: shops: must be a list"));
}

TEST(YamlSections, TakeJsonFromTheEnvironmentBeforeTheFile) {
  std::vector<Shop> shops;
  auto status = Read("shops: [{name: file}]", &shops,
                     R"([{"name": "x", "size": {"doors": 2}}, {"name":"y"}])");
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(shops.size(), 2u);
  EXPECT_EQ(shops[0].name, "x");
  EXPECT_EQ(shops[0].doors, 2);
}

TEST(YamlSections, NameTheVariableAtFault) {
  std::vector<Shop> shops;
  EXPECT_THAT(Read("", &shops, R"([{"name":"x","size":{"door":2}}])").message(),
              HasSubstr("VEXAA_SHOPS: shops[0].size.door: is no key"));
  EXPECT_THAT(Read("", &shops, "[{").message(),
              HasSubstr("VEXAA_SHOPS: shops: is not JSON"));
}

TEST(YamlSections, AreDocumentedOnce) {
  std::vector<Shop> shops;
  YamlReader reader({.file_name = "c", .text = "shops: [{name: a}]"});
  Bind(reader, &shops);
  ASSERT_EQ(reader.fields().size(), 3u);
  EXPECT_EQ(reader.fields()[1].key, "shops[].name");
  std::string help = FormatConfigHelp(reader.fields());
  EXPECT_THAT(help, HasSubstr("shops: []\n# - shops[].name: ...\n"));
  EXPECT_THAT(help, Not(HasSubstr("VEXAA_SHOPS[")));
}

}  // namespace
}  // namespace vexaa::config
