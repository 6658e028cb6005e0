#include "lib/config/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vexaa::config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

enum class Executor { kKubernetes, kProcess };

struct Example {
  std::string host = "localhost";
  std::string password;
  int port = 3306;
  double ratio = 0.5;
  bool strict = true;
  base::Duration poll = 10s;
  std::chrono::seconds grace = 30s;
  uint64_t memory_bytes = 128 << 20;
  std::vector<std::string> queues = {"default"};
  std::map<std::string, std::string> labels;
  Executor executor = Executor::kKubernetes;
};

base::Status Bind(YamlReader& reader, Example& config) {
  reader.Field("database.host", &config.host, {.required = true}, "its host");
  reader.Field("database.port", &config.port, {.min = 1, .max = 65535},
               "its port");
  reader.Field("database.password", &config.password, {.secret = true},
               "its password");
  reader.Field("ratio", &config.ratio, {.min = 0, .max = 1}, "a share");
  reader.Field("strict", &config.strict, "whether it is");
  reader.Field("poll", &config.poll, {.min = 1s, .max = 1h}, "how often");
  reader.Field("grace", &config.grace, "how long");
  reader.Bytes("runner.memory", &config.memory_bytes, {.min = 64 << 20},
               "its memory");
  reader.Field("queues", &config.queues, {.required = true}, "what is served");
  reader.Field("runner.labels", &config.labels, "labels of pods");
  reader.Choice<Executor>(
      "executor", &config.executor,
      {{"kubernetes", Executor::kKubernetes}, {"process", Executor::kProcess}},
      "where runners run");
  return reader.Finish();
}

base::Status Read(const std::string& text, Example& config) {
  YamlReader reader({.file_name = "c.yaml", .text = text});
  return Bind(reader, config);
}

std::string ErrorsOf(const std::string& text) {
  Example config;
  return Read(text, config).message();
}

TEST(YamlReader, KeepsDefaultsWhenTheFileIsEmpty) {
  Example config;
  EXPECT_TRUE(Read("", config).ok());
  EXPECT_TRUE(Read("# only a comment\ndatabase:\n  # nothing\n", config).ok());
  EXPECT_EQ(config.port, 3306);
  EXPECT_THAT(config.queues, ElementsAre("default"));
}

TEST(YamlReader, ReadsEveryKindOfField) {
  Example config;
  base::Status status = Read(R"(
database: {host: db, port: 3307, password: "p: w"}
ratio: 0.25
strict: false
poll: 1m30s
grace: 5s
runner:
  memory: 256Mi
  labels: {team: media, n: 1}
queues: [a, b]
executor: process
)",
                             config);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(config.host, "db");
  EXPECT_EQ(config.port, 3307);
  EXPECT_EQ(config.password, "p: w");
  EXPECT_EQ(config.ratio, 0.25);
  EXPECT_FALSE(config.strict);
  EXPECT_EQ(config.poll, 90s);
  EXPECT_EQ(config.grace, 5s);
  EXPECT_EQ(config.memory_bytes, 256u << 20);
  EXPECT_THAT(config.queues, ElementsAre("a", "b"));
  EXPECT_THAT(config.labels,
              ElementsAre(Pair("n", "1"), Pair("team", "media")));
  EXPECT_EQ(config.executor, Executor::kProcess);
}

TEST(YamlReader, TakesOnePlainValueAsAListOfOne) {
  Example config;
  EXPECT_TRUE(Read("queues: urgent", config).ok());
  EXPECT_THAT(config.queues, ElementsAre("urgent"));
}

TEST(YamlReader, NamesFileLineKeyAndRule) {
  EXPECT_EQ(ErrorsOf("\ndatabase:\n  port: 70000\n"),
            "c.yaml:3: database.port: must be a whole number between 1 and "
            "65535, not '70000'");
}

TEST(YamlReader, TellsAllErrorsAtOnceInTheFilesOrder) {
  EXPECT_EQ(ErrorsOf("executor: docker\nstrict: yes\npoll: 10\n"
                     "database: {port: x}\nqueues: []\n"),
            "c.yaml:1: executor: must be kubernetes or process\n"
            "c.yaml:2: strict: must be true or false\n"
            "c.yaml:3: poll: must be a duration such as 30s, 10m or 1h30m\n"
            "c.yaml:4: database.port: must be a whole number between 1 and "
            "65535, not 'x'\n"
            "c.yaml:5: queues: is required (what is served); set it here or in "
            "VEXAA_QUEUES");
}

TEST(YamlReader, CarriesTheReasonInvalidConfig) {
  Example config;
  base::Status status = Read("strict: maybe", config);
  EXPECT_EQ(status.code(), base::Code::kInvalidArgument);
  EXPECT_EQ(status.detail(), "InvalidConfig");
}

TEST(YamlReader, RefusesUnknownKeysAndSuggestsTheNearest) {
  EXPECT_EQ(ErrorsOf("databse: {host: x}"),
            "c.yaml:1: databse: is no key that is known here; did you mean "
            "'database'?");
  EXPECT_EQ(ErrorsOf("runner:\n  memmory: 1Gi"),
            "c.yaml:2: runner.memmory: is no key that is known here; did you "
            "mean 'runner.memory'?");
  EXPECT_EQ(ErrorsOf("zebra: 1"),
            "c.yaml:1: zebra: is no key that is known here");
}

TEST(YamlReader, RefusesAValueWhereASectionBelongs) {
  EXPECT_THAT(ErrorsOf("database: localhost"), HasSubstr("is a section"));
}

TEST(YamlReader, RefusesASectionWhereAValueBelongs) {
  EXPECT_THAT(ErrorsOf("strict: {a: 1}"), HasSubstr("must be one value"));
  EXPECT_THAT(ErrorsOf("runner: {labels: [a]}"), HasSubstr("must be a map"));
  EXPECT_THAT(ErrorsOf("queues: [[a]]"), HasSubstr("list of plain values"));
  EXPECT_THAT(ErrorsOf("queues: {a: b}"), HasSubstr("must be a list"));
}

TEST(YamlReader, RefusesAKeyWithoutAValue) {
  EXPECT_THAT(ErrorsOf("poll:"), HasSubstr("c.yaml:1: poll: has no value"));
}

TEST(YamlReader, AsksForWhatIsRequired) {
  EXPECT_THAT(ErrorsOf("database: {host: ''}"),
              HasSubstr("database.host: is required (its host); set it here or "
                        "in VEXAA_DATABASE_HOST"));
}

TEST(YamlReader, RefusesDurationsThatTheTypeCannotHold) {
  EXPECT_THAT(ErrorsOf("grace: 1500ms"), HasSubstr("must be a multiple of 1s"));
  EXPECT_THAT(ErrorsOf("poll: 2h"), HasSubstr("must be between 1s and 1h"));
}

TEST(YamlReader, RefusesNumbersPastTheTypeWithoutTouchingTheField) {
  int small = 7;
  YamlReader reader({.file_name = "c.yaml", .text = "n: 5000000000"});
  reader.Field("n", &small, "a number");
  EXPECT_FALSE(reader.Finish().ok());
  EXPECT_EQ(small, 7);
}

TEST(YamlReader, LetsTheEnvironmentWinOverTheFileAndAFlagOverBoth) {
  Example config;
  std::map<std::string, std::string> variables = {
      {"VEXAA_DATABASE_PORT", "1"},
      {"VEXAA_DATABASE_PASSWORD", "s3cret"},
      {"VEXAA_QUEUES", "a, b"},
      {"VEXAA_RUNNER_LABELS", "x=1,y=2=3"}};
  YamlReader reader({.file_name = "c.yaml",
                     .text = "database: {port: 3307}\nqueues: [c]",
                     .environment = [&](const std::string& name)
                         -> std::optional<std::string> {
                       auto found = variables.find(name);
                       if (found == variables.end()) return std::nullopt;
                       return found->second;
                     },
                     .flags = {{"queues", "urgent"}}});
  ASSERT_TRUE(Bind(reader, config).ok());
  EXPECT_EQ(config.port, 1);
  EXPECT_EQ(config.password, "s3cret");
  EXPECT_THAT(config.queues, ElementsAre("urgent"));
  EXPECT_THAT(config.labels, ElementsAre(Pair("x", "1"), Pair("y", "2=3")));
}

TEST(YamlReader, NamesTheVariableThatIsWrong) {
  Example config;
  YamlReader reader({.file_name = "c.yaml",
                     .text = "",
                     .environment = [](const std::string& name) {
                       return name == "VEXAA_DATABASE_PORT"
                                  ? std::optional<std::string>("many")
                                  : std::nullopt;
                     }});
  EXPECT_THAT(Bind(reader, config).message(),
              HasSubstr("VEXAA_DATABASE_PORT: database.port: must be"));
}

TEST(YamlReader, PlacesTheCallersOwnErrors) {
  YamlReader reader({.file_name = "c.yaml", .text = "\ns3: {endpoint: x}"});
  std::string endpoint;
  reader.Field("s3.endpoint", &endpoint, "where");
  EXPECT_TRUE(reader.Given("s3.endpoint"));
  EXPECT_FALSE(reader.Given("s3.region"));
  reader.AddError("s3.endpoint", "must begin with http:// or https://");
  reader.AddError("folder.roots", "must be set");
  EXPECT_EQ(reader.Finish().message(),
            "c.yaml:2: s3.endpoint: must begin with http:// or https://\n"
            "c.yaml: folder.roots: must be set");
}

TEST(YamlReader, NeverShowsASecret) {
  Example config;
  config.password = "hunter2";
  YamlReader reader(
      {.file_name = "c.yaml", .text = "database: {password: [hunter2]}"});
  EXPECT_THAT(Bind(reader, config).message(), Not(HasSubstr("hunter2")));
  for (const FieldDoc& doc : reader.fields())
    EXPECT_THAT(doc.default_value, Not(HasSubstr("hunter2")));
}

TEST(YamlReader, TellsWhereTheFileIsNotYaml) {
  EXPECT_THAT(ErrorsOf("a: 1\n\tb: 2\n"), HasSubstr("c.yaml:2: not YAML"));
  EXPECT_THAT(ErrorsOf("a: [1, 2"), HasSubstr("not YAML"));
}

TEST(YamlReader, RefusesOddDocuments) {
  EXPECT_THAT(ErrorsOf("- a\n- b\n"), HasSubstr("must be a map"));
  EXPECT_THAT(ErrorsOf("strict: true\n---\nstrict: false\n"),
              HasSubstr("second document"));
  EXPECT_EQ(ErrorsOf("strict: true\nstrict: false\n"),
            "c.yaml:2: the key 'strict' is given twice");
  EXPECT_THAT(ErrorsOf("? [a, b]\n: 1\n"), HasSubstr("a key must be a name"));
}

TEST(YamlReader, IsNotBlownUpByAliases) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    std::string last = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int j = 0; j < 9; ++j) text += ", " + last;
    text += "]\n";
  }
  EXPECT_THAT(ErrorsOf(text), HasSubstr("too deep or too large"));
}

TEST(YamlReader, MakesVariableNamesOfKeys) {
  EXPECT_EQ(EnvironmentName("database.password"), "VEXAA_DATABASE_PASSWORD");
  EXPECT_EQ(EnvironmentName("database.caFile"), "VEXAA_DATABASE_CA_FILE");
  EXPECT_EQ(EnvironmentName("finishedPodTTL"), "VEXAA_FINISHED_POD_TTL");
}

}  // namespace
}  // namespace vexaa::config
