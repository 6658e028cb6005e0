#include "lib/kube/proto_json.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "lib/base/time_text.h"
#include "lib/base/utf8.h"

namespace vexaa::kube {
namespace {

using base::Code;
using base::Result;
using base::Status;

// Before each object that is not a watch's event.
constexpr std::string_view kMagic("k8s\0", 4);

enum class Kind { kText, kNumber, kTime, kTextMap, kMessage, kMessages };

// A field of a message: its number, and the member of JSON that it is.
struct Field {
  uint64_t number;
  const char* name;
  Kind kind = Kind::kText;
  std::span<const Field> message = {};  // of kMessage and kMessages
};

constexpr Field kMetadata[] = {{1, "name"},
                               {5, "uid"},
                               {6, "resourceVersion"},
                               {8, "creationTimestamp", Kind::kTime},
                               {9, "deletionTimestamp", Kind::kTime},
                               {11, "labels", Kind::kTextMap},
                               {12, "annotations", Kind::kTextMap}};
constexpr Field kContainer[] = {{1, "name"}};
constexpr Field kSpec[] = {{2, "containers", Kind::kMessages, kContainer},
                           {10, "nodeName"}};
constexpr Field kCondition[] = {{1, "type"},
                                {2, "status"},
                                {4, "lastTransitionTime", Kind::kTime},
                                {5, "reason"},
                                {6, "message"}};
constexpr Field kWaiting[] = {{1, "reason"}, {2, "message"}};
constexpr Field kRunning[] = {{1, "startedAt", Kind::kTime}};
constexpr Field kTerminated[] = {{1, "exitCode", Kind::kNumber},
                                 {2, "signal", Kind::kNumber},
                                 {3, "reason"},
                                 {4, "message"},
                                 {5, "startedAt", Kind::kTime},
                                 {6, "finishedAt", Kind::kTime}};
constexpr Field kState[] = {{1, "waiting", Kind::kMessage, kWaiting},
                            {2, "running", Kind::kMessage, kRunning},
                            {3, "terminated", Kind::kMessage, kTerminated}};
constexpr Field kContainerStatus[] = {{1, "name"},
                                      {2, "state", Kind::kMessage, kState}};
constexpr Field kPodStatus[] = {
    {1, "phase"},
    {2, "conditions", Kind::kMessages, kCondition},
    {3, "message"},
    {4, "reason"},
    {8, "containerStatuses", Kind::kMessages, kContainerStatus}};
constexpr Field kPod[] = {{1, "metadata", Kind::kMessage, kMetadata},
                          {2, "spec", Kind::kMessage, kSpec},
                          {3, "status", Kind::kMessage, kPodStatus}};

constexpr Field kCause[] = {{1, "reason"}};
constexpr Field kDetails[] = {{4, "causes", Kind::kMessages, kCause},
                              {5, "retryAfterSeconds", Kind::kNumber}};
constexpr Field kStatus[] = {{3, "message"},
                             {4, "reason"},
                             {5, "details", Kind::kMessage, kDetails},
                             {6, "code", Kind::kNumber}};

// Walks over the fields of one message.
class Walk {
 public:
  explicit Walk(std::string_view message) : rest_(message) {}

  // False at the end, and where the message is broken.
  bool Next() {
    if (rest_.empty()) return false;
    const std::optional<uint64_t> tag = Varint();
    if (!tag) return Break();
    number = *tag >> 3;
    bytes = {};
    value = 0;
    switch (*tag & 7) {
      case 0:
        return Take(Varint(), value);
      case 1:
        return Cut(8);
      case 2: {
        uint64_t size = 0;
        return Take(Varint(), size) && Cut(size);
      }
      case 5:
        return Cut(4);
      default:
        return Break();
    }
  }
  bool broken() const { return broken_; }

  // Of the field that Next() came to.
  uint64_t number = 0;
  uint64_t value = 0;
  std::string_view bytes;

 private:
  bool Break() {
    broken_ = true;
    return false;
  }
  bool Take(std::optional<uint64_t> from, uint64_t& to) {
    if (!from) return Break();
    to = *from;
    return true;
  }
  bool Cut(uint64_t size) {
    if (size > rest_.size()) return Break();
    bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  std::optional<uint64_t> Varint() {
    uint64_t whole = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      whole |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return whole;
    }
    return std::nullopt;
  }

  std::string_view rest_;
  bool broken_ = false;
};

// The field's bytes, as the last one of that number has them.
std::optional<std::string_view> BytesOf(std::string_view message,
                                        uint64_t number) {
  std::string_view found;
  Walk walk(message);
  while (walk.Next())
    if (walk.number == number) found = walk.bytes;
  if (walk.broken()) return std::nullopt;
  return found;
}

// Null for "never", which Go writes as a time without seconds; a container that
// could not start has one of 0 seconds.
std::optional<Json> ReadTime(std::string_view message) {
  std::optional<uint64_t> seconds;
  Walk walk(message);
  while (walk.Next())
    if (walk.number == 1) seconds = walk.value;
  if (walk.broken()) return std::nullopt;
  if (!seconds || *seconds > INT32_MAX * uint64_t{100}) return Json();
  return Json(base::FormatRfc3339(
      base::Time(std::chrono::seconds(static_cast<int64_t>(*seconds)))));
}

bool ReadMapEntry(std::string_view entry, Json& map) {
  const auto key = BytesOf(entry, 1), value = BytesOf(entry, 2);
  if (!key || !value) return false;
  map[base::CleanUtf8(*key)] = base::CleanUtf8(*value);
  return true;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the tables above
bool ReadMessage(std::string_view message, std::span<const Field> fields,
                 Json& into);

// NOLINTNEXTLINE(misc-no-recursion)
bool ReadField(const Walk& walk, const Field& field, Json& into) {
  Json& member = into[field.name];
  switch (field.kind) {
    case Kind::kText:
      member = base::CleanUtf8(walk.bytes);
      return true;
    case Kind::kNumber:
      member = static_cast<int64_t>(walk.value);
      return true;
    case Kind::kTime: {
      auto time = ReadTime(walk.bytes);
      if (time) member = std::move(*time);
      return time.has_value();
    }
    case Kind::kTextMap:
      return ReadMapEntry(walk.bytes, member);
    case Kind::kMessage:
      return ReadMessage(walk.bytes, field.message, member);
    case Kind::kMessages:
      member.push_back(Json::object());
      return ReadMessage(walk.bytes, field.message, member.back());
  }
  return false;
}

// NOLINTNEXTLINE(misc-no-recursion)
bool ReadMessage(std::string_view message, std::span<const Field> fields,
                 Json& into) {
  if (into.is_null()) into = Json::object();
  Walk walk(message);
  while (walk.Next())
    for (const Field& field : fields)
      if (field.number == walk.number && !ReadField(walk, field, into))
        return false;
  return !walk.broken();
}

Status Broken() {
  return Status(Code::kDataLoss,
                "the API server's protobuf is not what it should be");
}

// What is packed in {kind and version, bytes, ...}.
Result<Json> Unpack(std::string_view body, std::span<const Field> fields) {
  if (!IsProtobuf(body)) return Broken();
  const auto packed = BytesOf(body.substr(kMagic.size()), 2);
  Json object = Json::object();
  if (!packed || !ReadMessage(*packed, fields, object)) return Broken();
  return object;
}

}  // namespace

bool IsProtobuf(std::string_view body) { return body.starts_with(kMagic); }

Result<Json> ParsePodEventFrame(std::string_view frame) {
  const auto type = BytesOf(frame, 1), object = BytesOf(frame, 2);
  if (!type || !object) return Broken();
  const auto raw = BytesOf(*object, 1);
  if (!raw) return Broken();
  Json event = {{"type", base::CleanUtf8(*type)}};
  ASSIGN_OR_RETURN(
      event["object"],
      Unpack(*raw, *type == "ERROR" ? std::span<const Field>(kStatus) : kPod));
  return event;
}

Result<Json> ParseStatusBody(std::string_view body) {
  return Unpack(body, kStatus);
}

}  // namespace vexaa::kube
