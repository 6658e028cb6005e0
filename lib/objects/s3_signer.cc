#include "lib/objects/s3_signer.h"

#include <algorithm>
#include <ctime>
#include <map>

#include "lib/base/digest.h"
#include "lib/http/url.h"

namespace vexaa::objects {
namespace {

using base::AsBytes;
using base::Hex;
using base::HmacSha256;
using base::Sha256;

struct Words {
  std::string_view algorithm, key_prefix, terminator, headers;
};

constexpr Words kAmazonWords{"AWS4-HMAC-SHA256", "AWS4", "aws4_request",
                             "x-amz-"};
constexpr Words kGoogleWords{"GOOG4-HMAC-SHA256", "GOOG4", "goog4_request",
                             "x-goog-"};

const Words& WordsOf(Dialect dialect) {
  return dialect == Dialect::kGoogle ? kGoogleWords : kAmazonWords;
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower;
}

// Trims the ends and makes every run of blanks one space.
std::string CollapseBlanks(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool blank = c == ' ' || c == '\t';
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// Sorted by name; values of a repeated name joined in their order.
std::map<std::string, std::string> CanonicalHeaders(
    const std::vector<http::Header>& headers) {
  std::map<std::string, std::string> sorted;
  for (const auto& [name, value] : headers) {
    auto [at, added] = sorted.emplace(LowerCase(name), CollapseBlanks(value));
    if (!added) at->second += "," + CollapseBlanks(value);
  }
  return sorted;
}

std::string SignedNames(const std::vector<http::Header>& headers) {
  std::string names;
  for (const auto& [name, value] : CanonicalHeaders(headers)) {
    names += (names.empty() ? "" : ";") + name;
  }
  return names;
}

std::string ScopeText(const SigningScope& scope, base::Time time) {
  return AmzDate(time).substr(0, 8) + "/" + scope.region + "/" + scope.service +
         "/" + std::string(WordsOf(scope.dialect).terminator);
}

base::Sha256Digest SigningKey(const Credentials& credentials,
                              const SigningScope& scope, base::Time time) {
  const Words& words = WordsOf(scope.dialect);
  std::string secret = std::string(words.key_prefix) + credentials.secret_key;
  auto key = HmacSha256(AsBytes(secret), AsBytes(AmzDate(time).substr(0, 8)));
  key = HmacSha256(key, AsBytes(scope.region));
  key = HmacSha256(key, AsBytes(scope.service));
  return HmacSha256(key, AsBytes(words.terminator));
}

}  // namespace

std::string_view HeaderPrefix(Dialect dialect) {
  return WordsOf(dialect).headers;
}

SigningScope StorageScope(Dialect dialect, std::string region) {
  bool google = dialect == Dialect::kGoogle;
  return {.region = std::move(region),
          .service = google ? "storage" : "s3",
          .dialect = dialect};
}

std::string AmzDate(base::Time time) {
  std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  size_t size = std::strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &parts);
  return std::string(text, size);
}

std::string CanonicalQuery(const std::vector<QueryItem>& query) {
  std::vector<QueryItem> encoded;
  for (const auto& [name, value] : query) {
    encoded.emplace_back(http::PercentEncode(name, http::Slash::kEncode),
                         http::PercentEncode(value, http::Slash::kEncode));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    text += (text.empty() ? "" : "&") + name + "=" + value;
  }
  return text;
}

std::string CanonicalRequest(const SigningInput& input) {
  std::string text = input.method + "\n" +
                     (input.path.empty() ? "/" : input.path) + "\n" +
                     CanonicalQuery(input.query) + "\n";
  for (const auto& [name, value] : CanonicalHeaders(input.headers)) {
    text += name + ":" + value + "\n";
  }
  return text + "\n" + SignedNames(input.headers) + "\n" + input.payload_hash;
}

std::string StringToSign(const std::string& canonical_request,
                         const SigningScope& scope, base::Time time) {
  return std::string(WordsOf(scope.dialect).algorithm) + "\n" + AmzDate(time) +
         "\n" + ScopeText(scope, time) + "\n" +
         Hex(Sha256(AsBytes(canonical_request)));
}

std::string Authorization(const SigningInput& input, const SigningScope& scope,
                          const Credentials& credentials, base::Time time) {
  std::string text = StringToSign(CanonicalRequest(input), scope, time);
  auto key = SigningKey(credentials, scope, time);
  return std::string(WordsOf(scope.dialect).algorithm) +
         " Credential=" + credentials.access_key + "/" +
         ScopeText(scope, time) +
         ", SignedHeaders=" + SignedNames(input.headers) +
         ", Signature=" + Hex(HmacSha256(key, AsBytes(text)));
}

}  // namespace vexaa::objects
