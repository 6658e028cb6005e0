#include "runner/media/picture_comment.h"

#include <cstdint>

#include "lib/base/digest.h"

namespace vexaa::media {
namespace {

constexpr uint32_t kFrontCover = 3;
constexpr uint32_t kBitsPerPixel = 24;

void AddNumber(std::string& block, uint32_t number) {
  for (int shift : {24, 16, 8, 0}) {
    block += static_cast<char>(number >> shift & 0xff);
  }
}

void AddText(std::string& block, std::string_view text) {
  AddNumber(block, static_cast<uint32_t>(text.size()));
  block += text;
}

}  // namespace

std::string PictureComment(const SourceTags& tags) {
  std::string block;
  AddNumber(block, kFrontCover);
  AddText(block, tags.cover_is_png ? "image/png" : "image/jpeg");
  AddText(block, "");  // description
  AddNumber(block, static_cast<uint32_t>(tags.cover_size.width));
  AddNumber(block, static_cast<uint32_t>(tags.cover_size.height));
  AddNumber(block, kBitsPerPixel);
  AddNumber(block, 0);  // colours: no palette
  AddText(block, {reinterpret_cast<const char*>(tags.cover.data()),
                  tags.cover.size()});
  return base::Base64(base::AsBytes(block));
}

}  // namespace vexaa::media
