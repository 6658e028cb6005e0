// What reading a video's sound costs in requests and bytes, on the S3 server
// of the test bed. The files are made by the ffmpeg program: 6 Mbit/s of
// pictures that nobody reads, and sound.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "lib/objects/object_reader.h"
#include "runner/media/demuxer.h"
#include "tests/conformance/object_store_s3_bench.h"
#include "tests/fakes/manual_clock.h"
#include "tests/integration/runner_process.h"

namespace vexaa::media {
namespace {

struct Cost {
  uint64_t size = 0;
  uint64_t requests = 0;
  uint64_t bytes = 0;
  int packets = 0;
};

class SourceReading : public ::testing::Test {
 protected:
  void SetUp() override {
    bench_ = objects::S3Bench::Make();
    if (!bench_) GTEST_SKIP() << "VEXAA_TEST_S3_ENDPOINT is not set";
    if (std::system("command -v ffmpeg >/dev/null") != 0)
      GTEST_SKIP() << "no ffmpeg on PATH";
  }

  void Ffmpeg(const std::string& arguments) {
    std::string command = "cd '" + folder_.path().string() +
                          "' && ffmpeg -nostdin -v error -y " + arguments;
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  // 80 s in `talk.mp4`, with these options of the muxer.
  void MakeVideo(const std::string& options) {
    Ffmpeg(
        "-f lavfi -i testsrc2=size=320x240:rate=30,noise=alls=60:allf=t -t 4 "
        "-c:v mjpeg -b:v 6M -minrate 6M -maxrate 6M -bufsize 1M p.mov");
    Ffmpeg(
        "-f lavfi -i anoisesrc=sample_rate=48000 -t 20 -c:a aac -b:a 160k "
        "s.mp4");
    Ffmpeg(
        "-stream_loop -1 -i p.mov -stream_loop -1 -i s.mp4 -map 0:v "
        "-map 1:a -t 80 -c copy " +
        options + " talk.mp4");
  }

  // Stores the file and reads all packets of its sound.
  Cost ReadSound(const std::string& name) {
    Cost cost;
    std::string content = runner::ReadFile(folder_.path() / name);
    cost.size = content.size();
    EXPECT_TRUE(bench_->PutObject(name, content).ok());
    auto reader = objects::ObjectReader::Open(
        bench_->store(), bench_->Path(name), {}, clock_, {});
    if (!reader.ok()) {
      ADD_FAILURE() << reader.status();
      return cost;
    }
    CountPackets(**reader, cost);
    cost.requests = (*reader)->ranges_fetched();
    cost.bytes = (*reader)->bytes_fetched();
    return cost;
  }

  static void CountPackets(base::ByteSource& source, Cost& cost) {
    auto demuxer = Demuxer::Open(source, {});
    ASSERT_TRUE(demuxer.ok()) << demuxer.status();
    for (const auto& track : (*demuxer)->tracks()) {
      if (!track.decodable) continue;
      ASSERT_TRUE((*demuxer)->Select(track.index).ok());
    }
    PacketPtr packet(av_packet_alloc());
    for (;;) {
      auto more = (*demuxer)->Read(*packet);
      ASSERT_TRUE(more.ok()) << more.status();
      if (!*more) return;
      ++cost.packets;
      av_packet_unref(packet.get());
    }
  }

  runner::TemporaryFolder folder_;
  std::unique_ptr<objects::S3Bench> bench_;
  // Time stands still: no request seems to take any, on no machine.
  base::ManualClock clock_;
};

constexpr int kPackets = 80 * 48'000 / 1024;

TEST_F(SourceReading, CostsAnInterleavedFileFewRequests) {
  for (const char* options : {"-movflags +faststart", ""}) {
    ASSERT_NO_FATAL_FAILURE(MakeVideo(options));
    Cost cost = ReadSound("talk.mp4");
    EXPECT_GT(cost.size, uint64_t{50'000'000});
    EXPECT_NEAR(cost.packets, kPackets, 5) << options;
    EXPECT_LE(cost.requests, cost.size / (8 << 20) + 16) << options;
    EXPECT_LE(cost.bytes, cost.size + cost.size / 50) << options;
  }
}

TEST_F(SourceReading, ReadsLittleOfAFragmentedFile) {
  MakeVideo(
      "-movflags +empty_moov+default_base_moof -frag_duration 2000000 "
      "-min_frag_duration 2000000");
  Cost cost = ReadSound("talk.mp4");
  EXPECT_NEAR(cost.packets, kPackets, 5);
  EXPECT_LE(static_cast<double>(cost.bytes),
            0.06 * static_cast<double>(cost.size));
  EXPECT_LE(cost.requests, 80u / 2 + 16);
}

TEST_F(SourceReading, ReadsAFragmentedFileOnceWhenAllIsNeeded) {
  Ffmpeg(
      "-f lavfi -i anoisesrc=sample_rate=48000 -t 300 -c:a flac -strict -2 "
      "-movflags +empty_moov+default_base_moof -frag_duration 2000000 "
      "sound.mp4");
  Cost cost = ReadSound("sound.mp4");
  EXPECT_GT(cost.packets, 3000);
  EXPECT_GT(cost.size, uint64_t{10'000'000});
  EXPECT_LE(static_cast<double>(cost.bytes),
            1.02 * static_cast<double>(cost.size));
  EXPECT_LE(cost.requests, cost.size / (8 << 20) + 16);
}

}  // namespace
}  // namespace vexaa::media
