#include "lib/objects/credential_chain.h"

#include "lib/jobs/reason.h"
#include "lib/objects/container_credentials.h"
#include "lib/objects/instance_credentials.h"
#include "lib/objects/web_identity.h"

namespace vexaa::objects {
namespace {

using base::Result;
using base::Status;
using Source = std::unique_ptr<CredentialSource>;

constexpr char kAccessKey[] = "AWS_ACCESS_KEY_ID";
constexpr char kSecretKey[] = "AWS_SECRET_ACCESS_KEY";
constexpr char kSessionToken[] = "AWS_SESSION_TOKEN";
constexpr char kRole[] = "AWS_ROLE_ARN";
constexpr char kTokenFile[] = "AWS_WEB_IDENTITY_TOKEN_FILE";
constexpr char kSessionName[] = "AWS_ROLE_SESSION_NAME";
constexpr char kStsEndpoint[] = "AWS_ENDPOINT_URL_STS";
constexpr char kRelativeUri[] = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr char kFullUri[] = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr char kContainerToken[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr char kContainerTokenFile[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
constexpr char kInstanceOff[] = "AWS_EC2_METADATA_DISABLED";
constexpr char kInstanceUrl[] = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
constexpr char kInstanceMode[] = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
constexpr char kRegion[] = "AWS_REGION";
constexpr char kDefaultRegion[] = "AWS_DEFAULT_REGION";
constexpr const char* kAll[] = {
    kAccessKey,      kSecretKey,          kSessionToken,
    kRole,           kTokenFile,          kSessionName,
    kStsEndpoint,    kRelativeUri,        kFullUri,
    kContainerToken, kContainerTokenFile, kInstanceOff,
    kInstanceUrl,    kInstanceMode,       kRegion,
    kDefaultRegion};

constexpr char kEcsAgent[] = "http://169.254.170.2";

Status Wrong(const std::string& sentence) {
  return jobs::Fail(jobs::Reason::kInvalidConfig, sentence);
}

class Chain {
 public:
  Chain(const StoreConfig& store, const Environment& environment,
        http::HttpTransport& transport, base::Clock& clock)
      : store_(store),
        environment_(environment),
        transport_(transport),
        clock_(clock) {}

  Result<Source> Choose() const {
    if (!store_.files.access_key.empty())
      return Source(std::make_unique<FileCredentials>(store_.files));
    if (IsSet(kAccessKey) || IsSet(kSecretKey)) return FromEnvironment();
    if (store_.provider != Provider::kAws) return Nothing();
    if (IsSet(kRole) || IsSet(kTokenFile)) return FromWebIdentity();
    if (IsSet(kRelativeUri) || IsSet(kFullUri)) return FromContainer();
    std::string off = Get(kInstanceOff);
    if (off == "true" || off == "True" || off == "TRUE") return Nothing();
    return FromInstance();
  }

 private:
  std::string Get(const char* name) const {
    return environment_(name).value_or("");
  }
  bool IsSet(const char* name) const { return !Get(name).empty(); }

  Status WantBoth(const char* one, const char* other) const {
    if (IsSet(one) && IsSet(other)) return Status::Ok();
    const char* missing = IsSet(one) ? other : one;
    const char* there = IsSet(one) ? one : other;
    return Wrong("the environment variable " + std::string(missing) +
                 " must be set too: " + there + " is");
  }

  Status Nothing() const {
    std::string also = store_.provider == Provider::kAws
                           ? ", or give the machine a role"
                           : "; roles of AWS serve stores with provider: aws "
                             "alone";
    return Wrong("there are no credentials for the store '" + store_.name +
                 "': name accessKeyFile and secretKeyFile, or set "
                 "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" +
                 also);
  }

  template <typename Fetcher, typename What>
  Source Refreshing(What what) const {
    return std::make_unique<RefreshingCredentials>(
        std::make_unique<Fetcher>(std::move(what), transport_, clock_), clock_);
  }

  Result<Source> FromEnvironment() const {
    RETURN_IF_ERROR(WantBoth(kAccessKey, kSecretKey));
    return Source(std::make_unique<StaticCredentials>(
        Credentials{Get(kAccessKey), Get(kSecretKey), Get(kSessionToken)}));
  }

  Result<Source> FromWebIdentity() const {
    RETURN_IF_ERROR(WantBoth(kRole, kTokenFile));
    std::string endpoint = Get(kStsEndpoint);
    if (endpoint.empty()) {
      std::string region = Get(kRegion);
      if (region.empty()) region = Get(kDefaultRegion);
      if (region.empty()) region = store_.region;
      endpoint = "https://sts." + region + "." + AwsDomain(region);
    }
    while (endpoint.ends_with('/')) endpoint.pop_back();
    if (!endpoint.starts_with("https://"))
      return Wrong(
          "AWS_ENDPOINT_URL_STS must begin with https://: the token "
          "that is sent there is a secret");
    std::string session = Get(kSessionName);
    if (session.empty()) session = "vexaa";
    return Refreshing<WebIdentityFetcher>(
        WebIdentity{.role_arn = Get(kRole),
                    .token_file = Get(kTokenFile),
                    .session_name = std::move(session),
                    .endpoint = std::move(endpoint)});
  }

  Result<Source> FromContainer() const {
    ContainerEndpoint endpoint{.url = Get(kFullUri),
                               .token_file = Get(kContainerTokenFile),
                               .token = Get(kContainerToken)};
    if (std::string path = Get(kRelativeUri); !path.empty()) {
      if (!path.starts_with('/'))
        return Wrong(kRelativeUri + std::string(" must begin with a slash"));
      endpoint.url = kEcsAgent + path;
    }
    RETURN_IF_ERROR(CheckContainerUrl(endpoint.url));
    return Refreshing<ContainerFetcher>(std::move(endpoint));
  }

  Result<Source> FromInstance() const {
    std::string endpoint = Get(kInstanceUrl);
    bool ipv6 = Get(kInstanceMode) == "IPv6" || Get(kInstanceMode) == "ipv6";
    if (endpoint.empty())
      endpoint = ipv6 ? kInstanceEndpointIpv6 : kInstanceEndpoint;
    while (endpoint.ends_with('/')) endpoint.pop_back();
    return Refreshing<InstanceFetcher>(std::move(endpoint));
  }

  const StoreConfig& store_;
  const Environment& environment_;
  http::HttpTransport& transport_;
  base::Clock& clock_;
};

}  // namespace

std::span<const char* const> CredentialVariables() { return kAll; }

Result<Source> ChooseCredentials(const StoreConfig& store,
                                 const Environment& environment,
                                 http::HttpTransport& transport,
                                 base::Clock& clock) {
  return Chain(store, environment, transport, clock).Choose();
}

}  // namespace vexaa::objects
