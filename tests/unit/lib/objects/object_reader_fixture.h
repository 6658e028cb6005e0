// A reader over a fake store, with objects and ranges of small sizes.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/objects/object_reader.h"
#include "tests/fakes/fake_object_store.h"

namespace vexaa::objects {

inline constexpr ReaderOptions kSmall{.plan = {.first_range = 64,
                                               .max_range = 1024,
                                               .join_gap = 256,
                                               .ahead = 2048},
                                      .threads = 3,
                                      .memory_bytes = 3072};

inline std::string Pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>(i * 2654435761u >> 11);
  }
  return text;
}

class ObjectReaderTest : public ::testing::Test {
 protected:
  std::unique_ptr<ObjectReader> Open(size_t size,
                                     ReaderOptions options = kSmall) {
    return OpenBy(clock_, size, options);
  }
  std::unique_ptr<ObjectReader> OpenBy(const base::Clock& clock, size_t size,
                                       const ReaderOptions& options) {
    content_ = Pattern(size);
    store_.Put(path_, content_);
    auto reader =
        ObjectReader::Open(store_, path_, options, clock, stop_.get_token());
    EXPECT_TRUE(reader.ok()) << reader.status();
    return std::move(*reader);
  }

  // Reads exactly `size` bytes, in as many calls as it takes.
  std::string Take(ObjectReader& reader, size_t size) {
    std::string out(size, '\0');
    size_t have = 0;
    while (have < size) {
      auto rest = std::as_writable_bytes(std::span(out)).subspan(have);
      auto count = reader.Read(rest);
      EXPECT_TRUE(count.ok()) << count.status();
      if (!count.ok() || *count == 0) break;
      have += *count;
    }
    return out.substr(0, have);
  }

  base::Code ReadCode(ObjectReader& reader) {
    std::byte one;
    return reader.Read({&one, 1}).status().code();
  }

  FakeObjectStore store_;
  const ObjectPath path_{"b", "talk.mp4"};
  std::string content_;
  base::SystemClock clock_;
  std::stop_source stop_;
};

// A plan of known ranges.
class KnownPlan final : public base::ReadPlan {
 public:
  explicit KnownPlan(std::vector<ByteRange> ranges)
      : ranges_(std::move(ranges)) {}

  std::optional<ByteRange> NeededFrom(uint64_t offset) const override {
    for (const ByteRange& range : ranges_) {
      if (range.end() > offset) return range;
    }
    return std::nullopt;
  }
  std::optional<uint64_t> Unknown() const override { return std::nullopt; }
  void Learn(std::span<const std::byte>) override {}

 private:
  const std::vector<ByteRange> ranges_;
};

// Ranges that are joined when they are fetched, with gaps that are not kept.
inline constexpr ReaderOptions kSparse{.plan = {.first_range = 64,
                                                .max_range = 4096,
                                                .join_gap = 1024,
                                                .ahead = 8192,
                                                .small_gap = 32,
                                                .keep_gap = 8},
                                       .threads = 3,
                                       .memory_bytes = 1024};

inline std::vector<ByteRange> Every(uint64_t step, uint64_t size,
                                    uint64_t end) {
  std::vector<ByteRange> ranges;
  for (uint64_t at = 40; at + size <= end; at += step) {
    ranges.push_back({at, size});
  }
  return ranges;
}

}  // namespace vexaa::objects
