#include "lib/objects/s3_response.h"

#include <charconv>
#include <ctime>
#include <pugixml.hpp>

#include "lib/base/time_text.h"

namespace vexaa::objects {
namespace {

using base::Code;
using base::Result;
using base::Status;

Status NotThat(std::string_view what) {
  return Status(Code::kDataLoss,
                "the store's answer is not " + std::string(what) +
                    ": is the endpoint an S3 server?",
                "BadAnswer");
}

// The document's root when it has that name.
Result<pugi::xml_node> Root(pugi::xml_document& document, std::string_view body,
                            const char* name) {
  // A key may be all blanks: text of blanks is text.
  auto parsed =
      document.load_buffer(body.data(), body.size(),
                           pugi::parse_default | pugi::parse_ws_pcdata_single);
  pugi::xml_node root = document.child(name);
  if (!parsed || !root) return NotThat(std::string("<") + name + ">");
  return root;
}

template <typename T>
std::optional<T> Number(std::string_view text) {
  T value{};
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::string Text(pugi::xml_node node, const char* child) {
  return node.child_value(child);
}

bool Truncated(pugi::xml_node root) {
  return Text(root, "IsTruncated") == "true";
}

Result<Part> ParsePart(pugi::xml_node node) {
  auto number = Number<int>(Text(node, "PartNumber"));
  auto size = Number<uint64_t>(Text(node, "Size"));
  std::string etag = BareEtag(Text(node, "ETag"));
  if (!number || !size || etag.empty()) return NotThat("a list of parts");
  return Part{.number = *number, .etag = etag, .size_bytes = *size};
}

}  // namespace

bool HoldsError(std::string_view body) {
  pugi::xml_document document;
  document.load_buffer(body.data(), body.size());
  return static_cast<bool>(document.child("Error"));
}

S3Error ParseError(const http::Response& response) {
  S3Error error{.http_status = response.status, .code = "", .message = ""};
  pugi::xml_document document;
  document.load_buffer(response.body.data(), response.body.size());
  pugi::xml_node root = document.child("Error");
  error.code = Text(root, "Code");
  error.message = Text(root, "Message");
  return error;
}

Result<std::string> ParseUploadId(std::string_view body) {
  pugi::xml_document document;
  ASSIGN_OR_RETURN(auto root,
                   Root(document, body, "InitiateMultipartUploadResult"));
  std::string id = Text(root, "UploadId");
  if (id.empty()) return NotThat("an upload id");
  return id;
}

Result<std::string> ParseCompleted(std::string_view body) {
  pugi::xml_document document;
  ASSIGN_OR_RETURN(auto root,
                   Root(document, body, "CompleteMultipartUploadResult"));
  return BareEtag(Text(root, "ETag"));
}

Result<PartPage> ParseParts(std::string_view body) {
  pugi::xml_document document;
  ASSIGN_OR_RETURN(auto root, Root(document, body, "ListPartsResult"));
  PartPage page;
  for (pugi::xml_node node : root.children("Part")) {
    ASSIGN_OR_RETURN(Part part, ParsePart(node));
    page.parts.push_back(std::move(part));
  }
  if (!Truncated(root)) return page;
  page.next_after = Number<int>(Text(root, "NextPartNumberMarker"));
  if (!page.next_after) return NotThat("a list of parts with its marker");
  return page;
}

Result<UploadPage> ParseUploads(std::string_view body) {
  pugi::xml_document document;
  ASSIGN_OR_RETURN(auto root,
                   Root(document, body, "ListMultipartUploadsResult"));
  UploadPage page;
  for (pugi::xml_node node : root.children("Upload")) {
    NamedUpload upload;
    upload.key = Text(node, "Key");
    upload.upload.upload_id = Text(node, "UploadId");
    auto initiated = base::ParseRfc3339(Text(node, "Initiated"));
    if (initiated.ok()) upload.upload.initiated = *initiated;
    page.uploads.push_back(std::move(upload));
  }
  page.truncated = Truncated(root);
  page.next_key = Text(root, "NextKeyMarker");
  page.next_upload_id = Text(root, "NextUploadIdMarker");
  return page;
}

Result<ObjectInfo> ParseInfo(const http::Response& response, Dialect dialect) {
  ObjectInfo info;
  const std::string metadata = std::string(HeaderPrefix(dialect)) + "meta-";
  auto size = Number<uint64_t>(response.Find("content-length").value_or(""));
  if (!size) return NotThat("a HEAD answer with Content-Length");
  info.size_bytes = *size;
  info.etag = response.Find("etag").value_or("");
  if (info.etag.empty()) return NotThat("a HEAD answer with an ETag");
  for (const auto& [name, value] : response.headers) {
    if (!name.starts_with(metadata)) continue;
    info.metadata[name.substr(metadata.size())] = value;
  }
  return info;
}

Result<ContentRange> ParseContentRange(std::string_view text) {
  size_t dash = text.find('-');
  size_t slash = text.find('/');
  if (!text.starts_with("bytes ") || dash == std::string_view::npos ||
      slash == std::string_view::npos || slash < dash) {
    return NotThat("a Content-Range");
  }
  auto first = Number<uint64_t>(text.substr(6, dash - 6));
  auto last = Number<uint64_t>(text.substr(dash + 1, slash - dash - 1));
  if (!first || !last || *last < *first) return NotThat("a Content-Range");
  return ContentRange{*first, *last, Number<uint64_t>(text.substr(slash + 1))};
}

std::optional<base::Time> ParseHttpDate(std::string_view text) {
  std::tm parts{};
  const char* end =
      strptime(std::string(text).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr) return std::nullopt;
  return std::chrono::time_point_cast<base::Duration>(
      std::chrono::system_clock::from_time_t(timegm(&parts)));
}

std::string BareEtag(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    etag = etag.substr(1, etag.size() - 2);
  }
  return std::string(etag);
}

}  // namespace vexaa::objects
