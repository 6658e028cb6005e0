#include "lib/http/curl_error.h"

#include <array>

namespace vexaa::http {
namespace {

using base::Code;

struct Meaning {
  CURLcode curl;
  const char* symbol;
  Code code;
};

constexpr std::array kMeanings = {
    Meaning{CURLE_UNSUPPORTED_PROTOCOL, "UNSUPPORTED_PROTOCOL",
            Code::kInvalidArgument},
    Meaning{CURLE_URL_MALFORMAT, "URL_MALFORMAT", Code::kInvalidArgument},
    Meaning{CURLE_SSL_CERTPROBLEM, "SSL_CERTPROBLEM", Code::kInvalidArgument},
    Meaning{CURLE_SSL_CACERT_BADFILE, "SSL_CACERT_BADFILE",
            Code::kInvalidArgument},
    Meaning{CURLE_PEER_FAILED_VERIFICATION, "PEER_FAILED_VERIFICATION",
            Code::kPermissionDenied},
    Meaning{CURLE_SSL_ISSUER_ERROR, "SSL_ISSUER_ERROR",
            Code::kPermissionDenied},
    Meaning{CURLE_COULDNT_RESOLVE_PROXY, "COULDNT_RESOLVE_PROXY",
            Code::kUnavailable},
    Meaning{CURLE_COULDNT_RESOLVE_HOST, "COULDNT_RESOLVE_HOST",
            Code::kUnavailable},
    Meaning{CURLE_COULDNT_CONNECT, "COULDNT_CONNECT", Code::kUnavailable},
    Meaning{CURLE_WEIRD_SERVER_REPLY, "WEIRD_SERVER_REPLY", Code::kUnavailable},
    Meaning{CURLE_PARTIAL_FILE, "PARTIAL_FILE", Code::kUnavailable},
    Meaning{CURLE_OPERATION_TIMEDOUT, "OPERATION_TIMEDOUT", Code::kUnavailable},
    Meaning{CURLE_SSL_CONNECT_ERROR, "SSL_CONNECT_ERROR", Code::kUnavailable},
    Meaning{CURLE_GOT_NOTHING, "GOT_NOTHING", Code::kUnavailable},
    Meaning{CURLE_SEND_ERROR, "SEND_ERROR", Code::kUnavailable},
    Meaning{CURLE_RECV_ERROR, "RECV_ERROR", Code::kUnavailable},
};

Meaning MeaningOf(CURLcode curl) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.curl == curl) return meaning;
  }
  return {curl, "", Code::kInternal};
}

}  // namespace

base::Status CurlError(CURLcode code, const std::string& what,
                       const char* curl_message) {
  Meaning meaning = MeaningOf(code);
  std::string text = curl_message != nullptr && *curl_message != '\0'
                         ? curl_message
                         : curl_easy_strerror(code);
  std::string symbol =
      *meaning.symbol != '\0' ? meaning.symbol : "CURL_" + std::to_string(code);
  return base::Status(meaning.code, what + ": " + text, symbol);
}

}  // namespace vexaa::http
