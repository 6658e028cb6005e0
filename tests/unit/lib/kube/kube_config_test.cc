#include "lib/kube/kube_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "lib/base/digest.h"
#include "lib/kube/small_file.h"

namespace vexaa::kube {
namespace {

using base::Code;
using testing::HasSubstr;

class KubeConfigTest : public testing::Test {
 protected:
  KubeConfigTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("vexaa-kube-" + base::RandomHex(8))) {
    std::filesystem::create_directory(folder_);
  }
  ~KubeConfigTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = folder_ / name;
    std::ofstream(path) << text;
    return path;
  }

  // A kubeconfig of one cluster and one user.
  std::string Config(const std::string& cluster, const std::string& user,
                     const std::string& context = "") const {
    return Write("config",
                 "apiVersion: v1\nkind: Config\n"
                 "clusters: [{name: c, cluster: {" +
                     cluster + "}}]\nusers: [{name: u, user: {" + user +
                     "}}]\ncontexts: [{name: x, context: "
                     "{cluster: c, user: u" +
                     context + "}}]\ncurrent-context: x\n");
  }

  std::filesystem::path folder_;
};

constexpr char kServer[] = "server: \"https://10.0.0.1:6443/\"";

TEST_F(KubeConfigTest, ReadsFilesRelativeToItsOwnFolder) {
  const auto access = LoadKubeconfig(
      Config(std::string(kServer) + ", certificate-authority: pki/ca.crt",
             "client-certificate: a.crt, client-key: /keys/a.key"));
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->server, "https://10.0.0.1:6443");
  EXPECT_EQ(access->tls.ca_file, folder_ / "pki/ca.crt");
  EXPECT_EQ(access->tls.certificate_file, folder_ / "a.crt");
  EXPECT_EQ(access->tls.key_file, "/keys/a.key");
  EXPECT_EQ(access->name_space, "default");
}

TEST_F(KubeConfigTest, ReadsDataInsteadOfFiles) {
  const auto access = LoadKubeconfig(
      Config(std::string(kServer) + ", certificate-authority-data: Q0E=",
             "client-certificate-data: Q0VSVA==, client-key-data: S0VZ"));
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->tls.ca_pem, "CA");
  EXPECT_EQ(access->tls.certificate_pem, "CERT");
  EXPECT_EQ(access->tls.key_pem, "KEY");
  EXPECT_EQ(access->tls.ca_file, "");
}

TEST_F(KubeConfigTest, ReadsTokens) {
  const auto token = LoadKubeconfig(Config(kServer, "token: abc"));
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->token, "abc");
  const auto file = LoadKubeconfig(Config(kServer, "tokenFile: t"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->token_file, folder_ / "t");
}

TEST_F(KubeConfigTest, TakesTheNamespaceOfTheContext) {
  const auto access =
      LoadKubeconfig(Config(kServer, "token: a", ", namespace: media"));
  ASSERT_TRUE(access.ok());
  EXPECT_EQ(access->name_space, "media");
}

TEST_F(KubeConfigTest, TakesAnotherContextByName) {
  const std::string path = Write("config", R"(
clusters: [{name: a, cluster: {server: "https://a"}},
           {name: b, cluster: {server: "https://b"}}]
users: [{name: u, user: {}}]
contexts: [{name: a, context: {cluster: a, user: u}},
           {name: b, context: {cluster: b, user: u}}]
current-context: a)");
  EXPECT_EQ(LoadKubeconfig(path)->server, "https://a");
  EXPECT_EQ(LoadKubeconfig(path, "b")->server, "https://b");
  EXPECT_THAT(LoadKubeconfig(path, "z").status().message(),
              HasSubstr("no context named 'z'"));
}

TEST_F(KubeConfigTest, SaysThatPluginsAreNotSupported) {
  const auto exec =
      LoadKubeconfig(Config(kServer, "exec: {command: aws}")).status();
  EXPECT_EQ(exec.code(), Code::kUnimplemented);
  EXPECT_THAT(exec.message(), AllOf(HasSubstr("config: 'exec' is not "),
                                    HasSubstr("certificate or a token")));
  EXPECT_EQ(LoadKubeconfig(Config(kServer, "auth-provider: {name: gcp}"))
                .status()
                .code(),
            Code::kUnimplemented);
  EXPECT_EQ(LoadKubeconfig(Config(kServer, "username: a, password: b"))
                .status()
                .code(),
            Code::kUnimplemented);
}

TEST_F(KubeConfigTest, NeverSkipsTheServersCertificate) {
  const auto status =
      LoadKubeconfig(
          Config(std::string(kServer) + ", insecure-skip-tls-verify: true",
                 "token: a"))
          .status();
  EXPECT_EQ(status.code(), Code::kUnimplemented);
  EXPECT_TRUE(LoadKubeconfig(Config(std::string(kServer) +
                                        ", insecure-skip-tls-verify: false",
                                    "token: a"))
                  .ok());
}

TEST_F(KubeConfigTest, NeverSendsATokenInClearText) {
  EXPECT_THAT(LoadKubeconfig(Config("server: \"http://h:8001\"", "token: a"))
                  .status()
                  .message(),
              HasSubstr("use https"));
  EXPECT_TRUE(LoadKubeconfig(Config("server: \"http://h:8001\"", "")).ok());
}

TEST_F(KubeConfigTest, SaysWhatIsMissing) {
  EXPECT_EQ(LoadKubeconfig(folder_ / "none").status().code(), Code::kNotFound);
  EXPECT_THAT(LoadKubeconfig(Write("a", "clusters: []")).status().message(),
              HasSubstr("no current-context"));
  EXPECT_THAT(LoadKubeconfig(Config(kServer, "client-certificate: a"))
                  .status()
                  .message(),
              HasSubstr("belong together"));
  EXPECT_THAT(LoadKubeconfig(Config("", "")).status().message(),
              HasSubstr("not a URL"));
  EXPECT_THAT(LoadKubeconfig(Config(std::string(kServer) +
                                        ", certificate-authority-data: \"%%\"",
                                    ""))
                  .status()
                  .message(),
              HasSubstr("not base64"));
}

TEST_F(KubeConfigTest, SaysWhereTheFileIsNoYaml) {
  const auto status = LoadKubeconfig(Write("a", "a: [b")).status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("line"));
  EXPECT_FALSE(LoadKubeconfig(Write("b", "just text")).ok());
}

TEST_F(KubeConfigTest, ReadsThePodsOwnAccount) {
  Write("token", "tok\n");
  Write("ca.crt", "CA\n");
  Write("namespace", "media\n");
  const auto access = LoadInCluster("10.96.0.1", 443, folder_);
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->server, "https://10.96.0.1:443");
  EXPECT_EQ(access->token_file, folder_ / "token");
  EXPECT_EQ(access->tls.ca_file, folder_ / "ca.crt");
  EXPECT_EQ(access->name_space, "media");
  EXPECT_EQ(LoadInCluster("fd00::1", 443, folder_)->server,
            "https://[fd00::1]:443");
}

TEST_F(KubeConfigTest, SaysThatThisIsNoPod) {
  EXPECT_THAT(LoadInCluster("", 0, folder_).status().message(),
              HasSubstr("name a kubeconfig file"));
  EXPECT_THAT(LoadInCluster("h", 1, folder_).status().message(),
              HasSubstr((folder_ / "namespace").string()));
}

TEST(DecodeBase64, DecodesEveryLengthAndRefusesTheRest) {
  EXPECT_EQ(DecodeBase64(""), "");
  EXPECT_EQ(DecodeBase64("QQ=="), "A");
  EXPECT_EQ(DecodeBase64("QUI="), "AB");
  EXPECT_EQ(DecodeBase64("QUJD"), "ABC");
  EXPECT_EQ(DecodeBase64("QUJD\n RA=="), "ABCD");
  EXPECT_EQ(DecodeBase64("QUJ"), std::nullopt);
  EXPECT_EQ(DecodeBase64("QU=D"), std::nullopt);
  EXPECT_EQ(DecodeBase64("Q==="), std::nullopt);
  EXPECT_EQ(DecodeBase64("QU*D"), std::nullopt);
}

}  // namespace
}  // namespace vexaa::kube
