#include "tests/conformance/object_store_suite.h"

#include "lib/base/digest.h"
#include "tests/fakes/fake_object_store.h"

namespace vexaa::objects {
namespace {

class FakeBench final : public StoreBench {
 public:
  ObjectStore& store() override { return store_; }
  ObjectPath Path(const std::string& key) override { return {"b", key}; }
  uint64_t part_bytes() const override { return 1000; }
  bool keys_are_free() const override { return true; }

 private:
  FakeObjectStore store_;
};

std::unique_ptr<StoreBench> MakeFake() { return std::make_unique<FakeBench>(); }

}  // namespace

using base::AsBytes;
using base::Code;
using base::Status;

std::ostream& operator<<(std::ostream& out, const BenchKind& kind) {
  return out << kind.name;
}

std::string Pattern(size_t size, int seed) {
  std::string text(size, '\0');
  uint32_t value = 12345 + static_cast<uint32_t>(seed);
  for (char& c : text) {
    value = value * 1664525 + 1013904223;
    c = static_cast<char>(value >> 24);
  }
  return text;
}

void ObjectStoreSuite::SetUp() {
  bench_ = GetParam().make();
  if (!bench_) {
    GTEST_SKIP() << "VEXAA_TEST_S3_ENDPOINT is not set: ./dev test starts one";
  }
}

StageOptions ObjectStoreSuite::Options() {
  StageOptions options;
  options.stage_name = "7-" + std::to_string(++staged_);
  options.content_type = "audio/mpeg";
  options.metadata = {{"vexaa-token", "7.1.ab"}, {"vexaa-profile", "wav"}};
  return options;
}

std::string ObjectStoreSuite::Stage(const ObjectPath& path) {
  auto id = store().Stage(path, Options(), {});
  EXPECT_TRUE(id.ok()) << id.status();
  return id.ok() ? *id : "";
}

std::vector<Part> ObjectStoreSuite::PutParts(const ObjectPath& path,
                                             const std::string& id,
                                             std::string_view content) {
  std::vector<Part> parts;
  uint64_t size = bench_->part_bytes();
  do {
    std::string_view piece = content.substr(0, size);
    content.remove_prefix(piece.size());
    auto part = store().PutPart(path, id, static_cast<int>(parts.size()) + 1,
                                size, AsBytes(piece), {});
    EXPECT_TRUE(part.ok()) << part.status();
    if (!part.ok()) break;
    parts.push_back(*part);
  } while (!content.empty());
  return parts;
}

StagedObject ObjectStoreSuite::Upload(const ObjectPath& path,
                                      const std::string& id,
                                      std::string_view content) {
  auto staged = store().Seal(path, id, PutParts(path, id, content));
  EXPECT_TRUE(staged.ok()) << staged.status();
  return staged.ok() ? *staged : StagedObject{};
}

void ObjectStoreSuite::Publish(const ObjectPath& path,
                               std::string_view content) {
  std::string id = Stage(path);
  StagedObject staged = Upload(path, id, content);
  Status status = store().Complete(path, id, staged, {});
  ASSERT_TRUE(status.ok()) << status;
}

std::string ObjectStoreSuite::Read(const ObjectPath& path, uint64_t offset,
                                   size_t size, std::string_view etag) {
  std::string out(size, '\0');
  auto bytes = std::as_writable_bytes(std::span(out.data(), out.size()));
  Status status = store().ReadRange(path, etag, offset, bytes, {});
  EXPECT_TRUE(status.ok()) << status;
  return out;
}

Status ObjectStoreSuite::ReadStatus(const ObjectPath& path, uint64_t offset,
                                    size_t size, std::string_view etag) {
  std::vector<std::byte> out(size);
  return store().ReadRange(path, etag, offset, out, {});
}

Code ObjectStoreSuite::HeadCode(const ObjectPath& path) {
  return store().Head(path, {}).status().code();
}

INSTANTIATE_TEST_SUITE_P(
    Stores, ObjectStoreSuite,
    ::testing::Values(BenchKind{"Fake", &MakeFake},
                      BenchKind{"Folder", &MakeFolderBench},
                      BenchKind{"S3", &MakeS3Bench},
                      BenchKind{"S3ByHostName", &MakeS3VirtualHostBench}),
    [](const auto& info) { return info.param.name; });

}  // namespace vexaa::objects
