// Kubernetes' protobuf, written by hand for tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vexaa::kube {

inline std::string ProtoVarint(uint64_t value) {
  std::string text;
  for (; value >= 0x80; value >>= 7)
    text.push_back(static_cast<char>(value | 0x80));
  text.push_back(static_cast<char>(value));
  return text;
}

inline std::string ProtoNumber(uint64_t field, uint64_t value) {
  return ProtoVarint(field << 3) + ProtoVarint(value);
}

inline std::string ProtoBytes(uint64_t field, std::string_view bytes) {
  return ProtoVarint(field << 3 | 2) + ProtoVarint(bytes.size()).append(bytes);
}

// An object as a body or within an event.
inline std::string ProtoObject(std::string_view object) {
  return std::string("k8s\0", 4) + ProtoBytes(1, "kind and version") +
         ProtoBytes(2, object);
}

inline std::string ProtoEvent(std::string_view type, std::string_view object) {
  return ProtoBytes(1, type) +
         ProtoBytes(2, ProtoBytes(1, ProtoObject(object)));
}

// As it stands in a watch.
inline std::string ProtoFrame(std::string_view event) {
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8)
    frame.push_back(static_cast<char>(event.size() >> shift));
  return frame.append(event);
}

}  // namespace vexaa::kube
