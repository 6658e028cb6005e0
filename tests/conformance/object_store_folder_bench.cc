// A folder of a random name below the system's folder for temporary files,
// removed at the end.
#include <filesystem>

#include "lib/base/digest.h"
#include "lib/objects/folder_store.h"
#include "tests/conformance/object_store_bench.h"

namespace vexaa::objects {
namespace {

class FolderBench final : public StoreBench {
 public:
  FolderBench()
      : root_(std::filesystem::temp_directory_path() /
              ("vexaa-test-" + base::RandomHex(6))),
        store_({root_.string()}) {
    std::filesystem::create_directories(root_);
  }
  ~FolderBench() override {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  ObjectStore& store() override { return store_; }
  ObjectPath Path(const std::string& key) override {
    return {"", root_.string() + "/" + key};
  }
  uint64_t part_bytes() const override { return 4096; }
  bool keys_are_free() const override { return false; }

 private:
  const std::filesystem::path root_;
  FolderStore store_;
};

}  // namespace

std::unique_ptr<StoreBench> MakeFolderBench() {
  return std::make_unique<FolderBench>();
}

}  // namespace vexaa::objects
