// What the conformance suite needs to know of a store under test: where to put
// objects and how to clean up.
#pragma once

#include <memory>
#include <string>

#include "lib/objects/object_store.h"

namespace vexaa::objects {

class StoreBench {
 public:
  virtual ~StoreBench() = default;
  virtual ObjectStore& store() = 0;
  // A path of that key, in a bucket or folder of this bench alone.
  virtual ObjectPath Path(const std::string& key) = 0;
  // Any part but the last is that large.
  virtual uint64_t part_bytes() const = 0;
  // Keys are names of any shape, not paths of files.
  virtual bool keys_are_free() const = 0;
};

using MakeBench = std::unique_ptr<StoreBench> (*)();

// Nothing when there is no S3 server to test with.
std::unique_ptr<StoreBench> MakeS3Bench();
std::unique_ptr<StoreBench> MakeS3VirtualHostBench();
std::unique_ptr<StoreBench> MakeFolderBench();

}  // namespace vexaa::objects
