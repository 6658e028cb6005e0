// What a thumbnail costs in bytes, and that it stands upright.
#include "runner/media/thumbnail.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "lib/objects/object_reader.h"
#include "runner/media/orientation.h"
#include "tests/fakes/fake_object_store.h"
#include "tests/fakes/manual_clock.h"
#include "tests/unit/runner/media/media_files.h"
#include "tests/unit/runner/media/movie_maker.h"

namespace vexaa::media {
namespace {

struct Cost {
  uint64_t size = 0;
  uint64_t fetched = 0;
};

// From a store, as a runner reads it.
Cost CostOf(const char* format) {
  const auto movie = EncodeMovie(
      {.format = format, .codec = "aac", .seconds = 40, .pictures = true});
  const objects::ObjectPath path{"videos", "film"};
  objects::FakeObjectStore store;
  store.Put(path, std::string(reinterpret_cast<const char*>(movie.data()),
                              movie.size()));
  base::ManualClock clock;
  auto reader = objects::ObjectReader::Open(store, path, {}, clock, {});
  EXPECT_TRUE(reader.ok()) << reader.status();
  auto jpeg = MakeThumbnail(**reader, {}, {});
  EXPECT_TRUE(jpeg.ok()) << jpeg.status();
  return {movie.size(), (*reader)->bytes_fetched()};
}

TEST(Thumbnail, FetchesTheIndexAndOnePictureOfAnMp4) {
  Cost cost = CostOf("mp4");
  EXPECT_GT(cost.size, 15'000'000u);
  EXPECT_LT(cost.fetched, 1'500'000u);
}

TEST(Thumbnail, FetchesLittleOfAMatroskaFileWithAnIndex) {
  Cost cost = CostOf("matroska");
  EXPECT_GT(cost.size, 15'000'000u);
  EXPECT_LT(cost.fetched, 3'500'000u);
}

TEST(Orientation, ReadsTheMatricesOfPhones) {
  constexpr int32_t kOne = 1 << 16;
  auto of = [](int32_t a, int32_t b, int32_t c, int32_t d) {
    return OrientationOf(
        std::array<int32_t, 9>{a, b, 0, c, d, 0, 0, 0, 1 << 30});
  };
  EXPECT_EQ(of(kOne, 0, 0, kOne), (Orientation{}));
  EXPECT_EQ(of(0, kOne, -kOne, 0), (Orientation{true, true, false}));
  EXPECT_EQ(of(0, -kOne, kOne, 0), (Orientation{true, false, true}));
  EXPECT_EQ(of(-kOne, 0, 0, -kOne), (Orientation{false, true, true}));
  EXPECT_EQ(of(-kOne, 0, 0, kOne), (Orientation{false, true, false}));
}

// The header of the first track says how it is turned: ISO 14496-12, 8.3.2.
std::vector<std::byte> WithMatrix(std::vector<std::byte> mp4,
                                  std::array<int32_t, 9> matrix) {
  constexpr std::string_view kName = "tkhd";
  auto* begin = reinterpret_cast<char*>(mp4.data());
  auto* found =
      std::search(begin, begin + mp4.size(), kName.begin(), kName.end());
  char* out = found + 4 + (found[4] == 1 ? 52 : 40);
  for (int32_t value : matrix)
    for (int shift = 24; shift >= 0; shift -= 8)
      *out++ = static_cast<char>(value >> shift & 0xff);
  return mp4;
}

FramePtr PictureOf(const std::vector<std::byte>& jpeg) {
  CodecContextPtr context(
      avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_MJPEG)));
  FramePtr frame(av_frame_alloc());
  PacketPtr packet(av_packet_alloc());
  if (avcodec_open2(context.get(), context->codec, nullptr) < 0 ||
      av_new_packet(packet.get(), static_cast<int>(jpeg.size())) < 0)
    return nullptr;
  std::memcpy(packet->data, jpeg.data(), jpeg.size());
  if (avcodec_send_packet(context.get(), packet.get()) < 0 ||
      avcodec_receive_frame(context.get(), frame.get()) < 0)
    return nullptr;
  return frame;
}

FramePtr ThumbnailOf(const std::vector<std::byte>& movie) {
  MemorySource source(movie);
  auto jpeg = MakeThumbnail(source, {}, {});
  EXPECT_TRUE(jpeg.ok()) << jpeg.status();
  return jpeg.ok() ? PictureOf(*jpeg) : nullptr;
}

// The mean brightness of a fifth by a fifth of the picture.
double BrightnessAt(const AVFrame& picture, int column, int row) {
  const int width = picture.width / 5, height = picture.height / 5;
  double sum = 0;
  for (int y = row * height; y < (row + 1) * height; ++y)
    for (int x = column * width; x < (column + 1) * width; ++x)
      sum += picture.data[0][y * picture.linesize[0] + x];
  return sum / (width * height);
}

TEST(Thumbnail, ShowsWhatIsThereAtATenthOfTheDuration) {
  for (const char* format : {"mp4", "matroska"}) {
    auto brightness_when_bright_at = [format](double seconds) {
      FramePtr picture =
          ThumbnailOf(EncodeMovie({.format = format,
                                   .codec = "aac",
                                   .seconds = 10,
                                   .pictures = true,
                                   .bright_at_seconds = seconds}));
      return picture ? BrightnessAt(*picture, 2, 2) : -1;
    };
    EXPECT_GT(brightness_when_bright_at(0.2), 150) << format;
    for (double elsewhere : {2.0, 6.0})
      EXPECT_LT(brightness_when_bright_at(elsewhere), 100)
          << format << ": at " << elsewhere << " s";
  }
}

TEST(Thumbnail, StandsUprightWhenThePhoneWasHeldUpright) {
  constexpr int32_t kOne = 1 << 16;
  const auto movie = LoadFile("sample.mp4");
  FramePtr lying = ThumbnailOf(movie);
  FramePtr upright = ThumbnailOf(
      WithMatrix(movie, {0, kOne, 0, -kOne, 0, 0, 180 << 16, 0, 1 << 30}));
  ASSERT_TRUE(lying && upright);
  EXPECT_EQ(lying->width, 320);
  EXPECT_EQ(lying->height, 180);
  EXPECT_EQ(upright->width, 320);
  EXPECT_EQ(upright->height, 568);
  // A quarter turn clockwise: the left column becomes the upper row.
  double spread = 0;
  for (int row = 0; row < 5; ++row)
    for (int column = 0; column < 5; ++column) {
      double was = BrightnessAt(*lying, column, row);
      EXPECT_NEAR(BrightnessAt(*upright, 4 - row, column), was, 4)
          << column << ", " << row;
      spread = std::max(spread, std::abs(was - BrightnessAt(*lying, 0, 0)));
    }
  EXPECT_GT(spread, 15) << "the picture has to differ from place to place";
}

TEST(Thumbnail, OfAVideoUpsideDownIsTurned) {
  constexpr int32_t kOne = 1 << 16;
  const auto movie = LoadFile("sample.mp4");
  FramePtr lying = ThumbnailOf(movie);
  FramePtr turned = ThumbnailOf(WithMatrix(
      movie, {-kOne, 0, 0, 0, -kOne, 0, 320 << 16, 180 << 16, 1 << 30}));
  ASSERT_TRUE(lying && turned);
  EXPECT_EQ(turned->height, 180);
  for (int row = 0; row < 5; ++row)
    EXPECT_NEAR(BrightnessAt(*turned, 4, 4 - row), BrightnessAt(*lying, 0, row),
                8);
}

}  // namespace
}  // namespace vexaa::media
