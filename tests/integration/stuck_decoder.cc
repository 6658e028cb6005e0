// Loaded before libavcodec (LD_PRELOAD): a decoder that works for a while and
// then hangs, computing or waiting, as VEXAA_TEST_STUCK says. It tells so on
// stderr. Files that do this to a real decoder are rare.
#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string_view>

struct AVCodecContext;
struct AVFrame;

namespace {

// Of PCM some 30 MB, so that an output is under way.
constexpr int kGoodFrames = 8000;

[[noreturn]] void Hang() {
  constexpr std::string_view kSaid = "the decoder hangs\n";
  const char* how = std::getenv("VEXAA_TEST_STUCK");
  const bool computes = how != nullptr && how == std::string_view("computing");
  if (::write(STDERR_FILENO, kSaid.data(), kSaid.size()) < 0) ::_exit(1);
  for (;;) {
    if (!computes) ::pause();
  }
}

}  // namespace

extern "C" int avcodec_receive_frame(AVCodecContext* context, AVFrame* frame) {
  using Receive = int (*)(AVCodecContext*, AVFrame*);
  static const auto receive =
      reinterpret_cast<Receive>(::dlsym(RTLD_NEXT, "avcodec_receive_frame"));
  static std::atomic<int> calls = 0;
  if (++calls > kGoodFrames) Hang();
  return receive(context, frame);
}
