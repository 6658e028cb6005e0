// Finds streams that have no header, only a sync word before every packet:
// several packets in a row must fit. PURE.
#pragma once

#include <string_view>

namespace vexaa::media {

// MPEG-TS: 0x47 every 188, 192 (M2TS) or 204 bytes, junk before it allowed.
bool HasTransportStreamSync(std::string_view bytes);
// AAC in ADTS frames, starting at once.
bool HasAdtsSync(std::string_view bytes);
// MPEG audio layer 1 to 3, little junk before it allowed.
bool HasMpegAudioSync(std::string_view bytes);

}  // namespace vexaa::media
