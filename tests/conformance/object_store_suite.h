// One suite for every ObjectStore: the fake must behave like the real ones. Its
// tests lie in several files, by what they ask for.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/object_store_bench.h"

namespace vexaa::objects {

struct BenchKind {
  const char* name;
  MakeBench make;
};
std::ostream& operator<<(std::ostream& out, const BenchKind& kind);

// Bytes that do not repeat, others for another seed.
std::string Pattern(size_t size, int seed = 0);

class ObjectStoreSuite : public ::testing::TestWithParam<BenchKind> {
 protected:
  void SetUp() override;

  ObjectStore& store() { return bench_->store(); }
  ObjectPath Path(const std::string& key) { return bench_->Path(key); }

  StageOptions Options();
  std::string Stage(const ObjectPath& path);
  // Cuts `content` into parts; an empty one is one empty part.
  std::vector<Part> PutParts(const ObjectPath& path, const std::string& id,
                             std::string_view content);
  StagedObject Upload(const ObjectPath& path, const std::string& id,
                      std::string_view content);
  void Publish(const ObjectPath& path, std::string_view content);

  std::string Read(const ObjectPath& path, uint64_t offset, size_t size,
                   std::string_view etag = "");
  base::Status ReadStatus(const ObjectPath& path, uint64_t offset, size_t size,
                          std::string_view etag = "");
  base::Code HeadCode(const ObjectPath& path);

  std::unique_ptr<StoreBench> bench_;
  int staged_ = 0;
};

}  // namespace vexaa::objects
