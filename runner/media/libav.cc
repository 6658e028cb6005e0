#include "runner/media/libav.h"

#include <array>
#include <mutex>

#include "runner/media/limits.h"

namespace vexaa::media {

std::string AvErrorText(int error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(error, text.data(), text.size());
  return text.data();
}

CodecParametersPtr ParametersOf(const AVCodecContext& codec) {
  CodecParametersPtr made(avcodec_parameters_alloc());
  if (made && avcodec_parameters_from_context(made.get(), &codec) < 0)
    made.reset();
  return made;
}

CodecParametersPtr CopyOf(const AVCodecParameters& codec) {
  CodecParametersPtr made(avcodec_parameters_alloc());
  if (made && avcodec_parameters_copy(made.get(), &codec) < 0) made.reset();
  return made;
}

void ConfigureLibav() {
  static std::once_flag once;
  std::call_once(once, [] {
    av_max_alloc(kMaxAllocBytes);
    av_log_set_level(AV_LOG_QUIET);
  });
}

}  // namespace vexaa::media
