#include "lib/objects/part_list.h"

#include <algorithm>
#include <charconv>

#include "lib/base/digest.h"

namespace vexaa::objects {
namespace {

// Appends the bytes of an MD5 in hex; false when the text is none.
bool AppendMd5(std::string_view hex, std::string& bytes) {
  if (hex.size() != 2 * std::tuple_size_v<base::Md5Digest>) return false;
  for (size_t at = 0; at < hex.size(); at += 2) {
    unsigned char byte = 0;
    const char* end = hex.data() + at + 2;
    auto [stopped, error] = std::from_chars(end - 2, end, byte, 16);
    if (error != std::errc() || stopped != end) return false;
    bytes += static_cast<char>(byte);
  }
  return true;
}

}  // namespace

base::Result<StagedObject> Describe(std::vector<Part> parts) {
  std::sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return a.number < b.number; });
  StagedObject staged;
  base::Sha256Stream sum;
  for (const Part& part : parts) {
    if (part.number != ++staged.part_count) {
      return base::Status(base::Code::kFailedPrecondition,
                          "the staged parts are not 1 to " +
                              std::to_string(parts.size()) + ": number " +
                              std::to_string(part.number) + " comes as " +
                              std::to_string(staged.part_count),
                          "PartList");
    }
    staged.size_bytes += part.size_bytes;
    sum.Add(base::AsBytes(std::to_string(part.number) + " " + part.etag + " " +
                          std::to_string(part.size_bytes) + "\n"));
  }
  staged.digest = base::Hex(sum.Finish());
  return staged;
}

std::string MultipartEtag(const std::vector<Part>& parts) {
  std::string bytes;
  for (const Part& part : parts)
    if (!AppendMd5(part.etag, bytes)) return "";
  return base::Hex(base::Md5(base::AsBytes(bytes))) + "-" +
         std::to_string(parts.size());
}

}  // namespace vexaa::objects
