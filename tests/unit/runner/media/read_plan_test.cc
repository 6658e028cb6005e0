// The plans on their own: what they need of made-up and of real files.
#include "runner/media/read_plan.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "runner/media/fragment_plan.h"
#include "runner/media/index_plan.h"
#include "runner/media/libav.h"
#include "runner/media/mp4_boxes.h"

namespace vexaa::media {
namespace {

using base::ByteRange;

std::string Number(uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text += static_cast<char>(value >> (8 * i) & 0xff);
  }
  return text;
}

std::string Box(const std::string& type, const std::string& content) {
  return Number(content.size() + 8, 4) + type + content;
}

std::span<const std::byte> Bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// A fragment: `before` bytes of another track, then two samples of track 2.
std::string Fragment(uint64_t before, uint32_t first, uint32_t second) {
  auto moof = [&](uint32_t data_offset) {
    std::string tfhd = Box("tfhd", Number(0x20000, 4) + Number(2, 4));
    std::string trun =
        Box("trun", Number(0x201, 4) + Number(2, 4) + Number(data_offset, 4) +
                        Number(first, 4) + Number(second, 4));
    return Box("moof", Box("traf", tfhd + trun));
  };
  auto size = static_cast<uint32_t>(moof(0).size());
  std::string mdat = Box("mdat", std::string(before + first + second, 'x'));
  return moof(size + 8 + static_cast<uint32_t>(before)) + mdat;
}

std::string Head() { return Box("ftyp", "isom"); }

// Gives the plan what it asks for until it knows all; returns what it needed.
std::vector<ByteRange> Walk(FragmentPlan& plan, const std::string& file,
                            size_t step) {
  for (auto at = plan.Unknown(); at && *at < file.size(); at = plan.Unknown()) {
    plan.Learn(Bytes(file).subspan(*at).first(
        std::min(step, file.size() - static_cast<size_t>(*at))));
  }
  std::vector<ByteRange> needed;
  uint64_t at = 0;
  while (auto range = plan.NeededFrom(at)) {
    if (range->offset >= file.size()) break;
    needed.push_back(*range);
    at = range->end();
  }
  return needed;
}

uint64_t Total(const std::vector<ByteRange>& ranges) {
  uint64_t total = 0;
  for (const ByteRange& range : ranges) total += range.size;
  return total;
}

TEST(FragmentPlan, NeedsTheSoundOfEachFragmentAndWhatFollows) {
  constexpr uint64_t kVideo = 500'000;
  std::string file = Head();
  for (int i = 0; i < 5; ++i) file += Fragment(kVideo, 3000, 2000);
  FragmentPlan plan({2});
  auto needed = Walk(plan, file, file.size());
  ASSERT_EQ(needed.size(), 6u);
  for (const ByteRange& range : needed) EXPECT_LT(range.size, 12'000u);
  // The sound ends where the next fragment begins: one range holds both.
  uint64_t fragment = Fragment(kVideo, 3000, 2000).size();
  EXPECT_EQ(needed[1].offset, Head().size() + fragment - 5000);
}

TEST(FragmentPlan, LearnsFromPiecesOfAnySize) {
  std::string file = Head();
  for (int i = 0; i < 3; ++i) file += Fragment(200'000, 400, 300);
  FragmentPlan whole({2});
  auto expected = Walk(whole, file, file.size());
  for (size_t step : {1, 7, 100, 65'536}) {
    FragmentPlan plan({2});
    EXPECT_EQ(Walk(plan, file, step), expected) << step;
  }
}

TEST(FragmentPlan, NeedsOneRangeWhereTheSoundComesFirst) {
  std::string file = Head();
  for (int i = 0; i < 8; ++i) {
    std::string fragment = Fragment(0, 9000, 9000);
    file += fragment + Box("free", std::string(300'000, 'v'));
  }
  FragmentPlan plan({2});
  Walk(plan, file, file.size());
  // It has learned that much follows each moof, and asks for it at once.
  auto next = plan.NeededFrom(file.size());
  ASSERT_TRUE(next);
  EXPECT_GE(next->size, 18'000u);
  EXPECT_LE(next->size, 30'000u);
}

TEST(FragmentPlan, NeedsNoSoundOfOtherTracks) {
  std::string file = Head() + Fragment(100'000, 5000, 5000);
  FragmentPlan plan({7});
  EXPECT_LT(Total(Walk(plan, file, file.size())), 6000u);
}

TEST(FragmentPlan, EndsAtABoxThatIsNone) {
  std::string file = Head() + Number(5, 4) + "moofxxxxxxxxxxxx";
  FragmentPlan plan({2});
  plan.Learn(Bytes(file));
  EXPECT_EQ(plan.Unknown(), std::nullopt);
}

TEST(FragmentPlan, SurvivesBytesOfAnyKind) {
  uint32_t state = 7;
  for (int round = 0; round < 2000; ++round) {
    std::string file = Head() + Fragment(50, 40, 30) + Fragment(50, 40, 30);
    for (int i = 0; i < 6; ++i) {
      state = state * 1664525 + 1013904223;
      file[state % file.size()] = static_cast<char>(state >> 24);
    }
    FragmentPlan plan({2});
    for (int i = 0; i < 100; ++i) {
      auto at = plan.Unknown();
      if (!at || *at >= file.size()) break;
      plan.Learn(Bytes(file).subspan(static_cast<size_t>(*at)));
      EXPECT_NE(plan.Unknown(), at);
    }
    (void)plan.NeededFrom(0);
  }
}

TEST(SampleRanges, TakesTheDefaultSizeOfTheMovie) {
  std::string trex = Box("trex", Number(0, 4) + Number(2, 4) + Number(1, 4) +
                                     Number(1024, 4) + Number(50, 4));
  std::string moov = Box("moov", Box("mvhd", "") + Box("mvex", trex));
  auto sizes = DefaultSampleSizes(Bytes(moov));
  EXPECT_EQ(sizes[2], 50u);
  std::string tfhd = Box("tfhd", Number(0x20000, 4) + Number(2, 4));
  std::string trun = Box("trun", Number(1, 4) + Number(10, 4) + Number(300, 4));
  std::string moof = Box("moof", Box("traf", tfhd + trun));
  const std::vector<uint32_t> tracks = {2};
  EXPECT_EQ(SampleRanges(Bytes(moof), 1000, tracks, sizes),
            (std::vector<ByteRange>{{1300, 500}}));
}

TEST(JoinRanges, JoinsWhatIsNear) {
  std::vector<ByteRange> ranges = {{500, 10}, {0, 10}, {15, 10}, {20, 2}};
  JoinRanges(ranges, 5);
  EXPECT_EQ(ranges, (std::vector<ByteRange>{{0, 25}, {500, 10}}));
}

TEST(IndexPlan, NeedsItsRanges) {
  IndexPlan plan({{10, 10}, {100, 10}});
  EXPECT_EQ(plan.NeededFrom(0), (ByteRange{10, 10}));
  EXPECT_EQ(plan.NeededFrom(15), (ByteRange{10, 10}));
  EXPECT_EQ(plan.NeededFrom(20), (ByteRange{100, 10}));
  EXPECT_EQ(plan.NeededFrom(110), std::nullopt);
}

// A track whose packets lie there, in the order of their times.
class IndexedTrack {
 public:
  explicit IndexedTrack(const std::vector<ByteRange>& packets)
      : stream_(avformat_new_stream(format_.get(), nullptr)) {
    for (size_t i = 0; i < packets.size(); ++i)
      av_add_index_entry(stream_, static_cast<int64_t>(packets[i].offset),
                         static_cast<int64_t>(i),
                         static_cast<int>(packets[i].size), 0,
                         AVINDEX_KEYFRAME);
  }
  Reading Plan(const Container& container) const {
    const AVStream* track = stream_;
    return PlanReading(container, std::span(&track, 1));
  }

 private:
  struct Free {
    void operator()(AVFormatContext* format) const {
      avformat_free_context(format);
    }
  };
  const std::unique_ptr<AVFormatContext, Free> format_{
      avformat_alloc_context()};
  AVStream* const stream_;
};

constexpr Container kMp4{.name = "mp4", .demuxer = "mov"};

std::vector<ByteRange> RangesOf(const base::ReadPlan& plan) {
  std::vector<ByteRange> ranges;
  for (auto range = plan.NeededFrom(0); range;
       range = plan.NeededFrom(range->end()))
    ranges.push_back(*range);
  return ranges;
}

TEST(PlanReading, ReadsATrackThatRunsForwardOnceInItsRanges) {
  Reading reading =
      IndexedTrack({{100, 10}, {110, 10}, {50'000, 10}, {90'000, 5}})
          .Plan(kMp4);
  ASSERT_TRUE(reading.plan);
  EXPECT_TRUE(reading.once);
  EXPECT_EQ(RangesOf(*reading.plan),
            (std::vector<ByteRange>{{100, 20}, {50'000, 10}, {90'000, 5}}));
}

TEST(PlanReading, JoinsTheRangesOfATableThatRepeatsItself) {
  Reading reading =
      IndexedTrack({{50'000, 10}, {100, 10}, {50'000, 10}, {900'000, 5}})
          .Plan(kMp4);
  ASSERT_TRUE(reading.plan);
  EXPECT_FALSE(reading.once);
  EXPECT_EQ(RangesOf(*reading.plan),
            (std::vector<ByteRange>{{100, 49'910}, {900'000, 5}}));
}

TEST(PlanReading, KeepsFewRangesOfALongTrack) {
  std::vector<ByteRange> packets;
  for (uint64_t i = 0; i <= 400'000; ++i) packets.push_back({i * 10'000, 200});
  Reading reading = IndexedTrack(packets).Plan(kMp4);
  ASSERT_TRUE(reading.plan);
  EXPECT_TRUE(reading.once);
  EXPECT_EQ(RangesOf(*reading.plan),
            (std::vector<ByteRange>{{0, 4'000'000'200}}));
}

TEST(PlanReading, KnowsNothingOfATrackWithoutAnIndex) {
  Reading reading = IndexedTrack({}).Plan(kMp4);
  EXPECT_FALSE(reading.plan);
  EXPECT_FALSE(reading.once);
  EXPECT_FALSE(IndexedTrack({{100, 10}}).Plan({.demuxer = "matroska"}).plan);
}

}  // namespace
}  // namespace vexaa::media
