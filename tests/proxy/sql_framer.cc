#include "tests/proxy/sql_framer.h"

namespace vexaa::proxy {
namespace {

constexpr size_t kHeaderBytes = 4;
constexpr char kQuery = 0x03;
constexpr char kPrepare = 0x16;
constexpr char kExecute = 0x17;
// Packet header, status byte, statement id.
constexpr size_t kPreparedBytes = kHeaderBytes + 1 + 4;

uint32_t Little(std::string_view bytes, size_t count) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i)
    value |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[i]))
             << (8 * i);
  return value;
}

}  // namespace

std::vector<SqlPacket> SqlFramer::FromClient(std::string_view bytes) {
  input_ += bytes;
  std::vector<SqlPacket> packets;
  while (input_.size() >= kHeaderBytes) {
    size_t size = kHeaderBytes + Little(input_, 3);
    if (input_.size() < size) break;
    packets.push_back(Read(input_.substr(0, size)));
    input_.erase(0, size);
  }
  return packets;
}

SqlPacket SqlFramer::Read(std::string bytes) {
  SqlPacket packet{.bytes = std::move(bytes)};
  std::string_view all = packet.bytes;
  // Only commands begin a sequence; the login and its answers go on with one.
  if (all.size() <= kHeaderBytes || all[3] != 0) return packet;
  std::string_view payload = all.substr(kHeaderBytes + 1);
  switch (all[kHeaderBytes]) {
    case kQuery:
      packet.statement = payload;
      break;
    case kPrepare:
      packet.is_prepare = true;
      preparing_ = payload;
      answer_.clear();
      break;
    case kExecute:
      if (payload.size() >= 4) packet.statement = prepared_[Little(payload, 4)];
      break;
    default:
      break;
  }
  return packet;
}

void SqlFramer::FromServer(std::string_view bytes) {
  if (preparing_.empty()) return;
  answer_ += bytes.substr(0, kPreparedBytes - answer_.size());
  if (answer_.size() < kPreparedBytes) return;
  std::string_view answer = answer_;
  if (answer[kHeaderBytes] == 0)
    prepared_[Little(answer.substr(kHeaderBytes + 1), 4)] = preparing_;
  preparing_.clear();
}

std::string SqlErrorPacket(int number, const std::string& message) {
  std::string payload = "\xff";
  payload += static_cast<char>(number & 0xff);
  payload += static_cast<char>(number >> 8);
  payload += "#HY000" + message;
  std::string packet = {static_cast<char>(payload.size() & 0xff),
                        static_cast<char>(payload.size() >> 8), 0, 1};
  return packet + payload;
}

}  // namespace vexaa::proxy
