#include "lib/objects/store_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vexaa::objects {
namespace {

using ::testing::HasSubstr;

struct Read {
  base::Status status;
  std::vector<StoreConfig> stores;
};

Read Load(const std::string& items) {
  Read read;
  config::YamlReader reader(
      {.file_name = "c.yaml", .text = "stores:\n" + items});
  BindStores(reader, &read.stores);
  read.status = reader.Finish();
  return read;
}

// One good store with more lines in it.
std::string Main(const std::string& lines = "") {
  return "- name: main\n  endpoint: https://s3.test\n  buckets: [videos]\n" +
         lines;
}

std::string Fault(const std::string& items) {
  return Load(items).status.message();
}

TEST(StoreConfig, TakesASmallOne) {
  Read read = Load(Main());
  ASSERT_TRUE(read.status.ok()) << read.status;
  ASSERT_EQ(read.stores.size(), 1u);
  EXPECT_EQ(read.stores[0].region, "us-east-1");
  EXPECT_EQ(read.stores[0].provider, Provider::kS3);
  EXPECT_EQ(AddressingOf(read.stores[0]), Addressing::kPath);
}

TEST(StoreConfig, SaysAllOfItselfAsJson) {
  Read read = Load(
      Main("  region: eu\n  addressing: virtual\n  caFile: /ca\n"
           "  accessKeyFile: /a\n  secretKeyFile: /s\n"
           "  sessionTokenFile: /t\n  uploadHeaders: {sse: 'aws:kms', "
           "sseKmsKeyId: 'arn:k', acl: private, storageClass: STANDARD_IA}\n") +
      "- {name: g, provider: gcs, buckets: [audio]}\n"
      "- {name: h, endpoint: 'http://h', allowHttp: true, buckets: [old]}\n");
  ASSERT_TRUE(read.status.ok()) << read.status;
  std::string json = FormatStores(read.stores);
  Read again;
  config::YamlReader reader({.file_name = "", .text = "stores: " + json});
  BindStores(reader, &again.stores);
  ASSERT_TRUE(reader.Finish().ok()) << json;
  EXPECT_EQ(FormatStores(again.stores), json);
  ASSERT_EQ(again.stores.size(), 3u);
  EXPECT_EQ(again.stores[0].files.session_token, "/t");
  EXPECT_EQ(again.stores[0].upload.sse_kms_key_id, "arn:k");
  EXPECT_EQ(again.stores[1].region, "auto");
  EXPECT_TRUE(again.stores[2].allow_http);
}

TEST(StoreConfig, KnowsTheProvidersOwnEndpoints) {
  Read read = Load(
      "- {name: a, provider: aws, region: eu-west-1, buckets: [one]}\n"
      "- {name: b, provider: aws, region: cn-north-1, buckets: [two]}\n"
      "- {name: c, provider: gcs, buckets: [three]}\n"
      "- {name: d, provider: aws, buckets: [dotted.name]}\n");
  ASSERT_TRUE(read.status.ok()) << read.status;
  EXPECT_EQ(EndpointOf(read.stores[0]), "https://s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(EndpointOf(read.stores[1]),
            "https://s3.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(EndpointOf(read.stores[2]), "https://storage.googleapis.com");
  EXPECT_EQ(AddressingOf(read.stores[0]), Addressing::kVirtualHost);
  EXPECT_EQ(AddressingOf(read.stores[3]), Addressing::kPath);
  EXPECT_EQ(DialectOf(read.stores[2]), Dialect::kGoogle);
}

TEST(StoreConfig, WantsHttpToBeAskedFor) {
  EXPECT_THAT(Fault("- {name: a, endpoint: 'http://s3', buckets: [one]}"),
              HasSubstr("c.yaml:2: stores[0].endpoint: must begin with "
                        "https://; allowHttp: true (VEXAA"));
  EXPECT_THAT(Fault(Main("  runnerEndpoint: http://s3\n")),
              HasSubstr("stores[0].runnerEndpoint: must begin with https://"));
  EXPECT_TRUE(
      Load(
          "- {name: a, endpoint: 'http://s3', allowHttp: true, buckets: [one]}")
          .status.ok());
}

TEST(StoreConfig, GivesABucketToOneStoreOnly) {
  EXPECT_THAT(Fault(Main() + "- name: two\n  endpoint: https://b\n"
                             "  buckets: [audio, videos]\n"),
              HasSubstr("c.yaml:7: stores[1].buckets: 'videos' belongs to "
                        "store 'main' already"));
}

TEST(StoreConfig, NamesEveryFault) {
  const std::vector<std::pair<std::string, std::string>> kFaults = {
      {"- {name: A_b, endpoint: 'https://a', buckets: [one]}",
       "[0].name: must"},
      {Main() + "- {name: main, endpoint: 'https://a', buckets: [one]}",
       "stores[1].name: 'main' is given twice"},
      {"- {name: a, buckets: [one]}", "endpoint: is needed with provider: s3"},
      {"- {name: a, endpoint: 's3.test', buckets: [one]}", "must be a URL"},
      {"- {name: a, endpoint: 'https://a'}", "[0].buckets: is required"},
      {"- {name: a, endpoint: 'https://a', buckets: [No_Bucket]}",
       "'No_Bucket' is no bucket's name"},
      {Main("  accessKeyFile: /a\n"), "secretKeyFile: must be set too"},
      {Main("  sessionTokenFile: /a\n"), "sessionTokenFile: must have"},
      {"- {name: a, endpoint: 'https://1.2.3.4', addressing: virtual, buckets: "
       "[one]}",
       "addressing: must be path: an address"},
      {"- {name: a, endpoint: 'https://a', addressing: virtual, buckets: "
       "[a.b]}",
       "addressing: must be path: no certificate"},
      {Main("  uploadHeaders: {sseKmsKeyId: k}\n"), "needs sse: aws:kms"},
      {Main("  uploadHeaders: {acl: \"a\\r\\nb\"}\n"), "acl: must be one word"},
      {"- {name: a, provider: gcs, buckets: [one], uploadHeaders: {sse: "
       "AES256}}",
       "sse: must not be set with gcs"},
      {Main("  buckts: [a]\n"), "did you mean 'stores[0].buckets'?"}};
  for (const auto& [items, sentence] : kFaults)
    EXPECT_THAT(Fault(items), HasSubstr(sentence)) << items;
}

}  // namespace
}  // namespace vexaa::objects
