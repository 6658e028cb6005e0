// Writes one staged upload in parts, in parallel, with its first part last: a
// muxer patches the head of a file when it ends. Holds (uploaders + 1) parts.
// One user thread; parts are stored by threads of its own. `store` must
// outlive the writer. The owner aborts the upload after an error.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "lib/base/bounded_queue.h"
#include "lib/base/digest.h"
#include "lib/objects/object_store.h"
#include "lib/objects/page_buffer.h"

namespace vexaa::objects {

// 8 MiB, or 16 MiB where 10,000 parts of 8 MiB might not do.
uint64_t ChoosePartBytes(uint64_t expected_bytes);

struct WriterOptions {
  uint64_t part_bytes = 8 << 20;
  int uploaders = 2;
};

struct WrittenObject {
  StagedObject staged;
  std::string crc32;         // eight hex digits, of the whole object
  std::string sha256_parts;  // hex SHA-256 over the parts' SHA-256s, in order
};

class ObjectWriter {
 public:
  // `stop` ends every later call.
  ObjectWriter(ObjectStore& store, ObjectPath path, std::string upload_id,
               const WriterOptions& options, std::stop_token stop);
  ~ObjectWriter();
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  uint64_t part_bytes() const { return options_.part_bytes; }

  // The bytes after the first part, in order; waits while all buffers are on
  // their way. Returns the first error of any part. kResourceExhausted
  // ("TooManyParts"): the output is larger than 10,000 parts.
  base::Status Append(std::span<const std::byte> data);
  // Once, last: the first part, shorter only when it is all there is. Returns
  // when everything is stored.
  base::Status FinishWithHead(std::span<const std::byte> head);
  // After FinishWithHead.
  base::Result<WrittenObject> Seal();
  // Ends the writer's own requests, then removes the upload.
  base::Status Abort(std::stop_token stop);

 private:
  struct Job {
    int number = 0;
    PageBuffer buffer;
    size_t size = 0;
  };
  struct Stored {
    Part part;
    uint32_t crc = 0;
    base::Sha256Digest sha256{};
  };

  void Upload();
  base::Status Store(int number, std::span<const std::byte> data);
  base::Status TakeBuffer();
  void GiveBuffer(PageBuffer buffer);
  base::Status SendCurrent();
  base::Status FirstError() const;
  void Fail(const base::Status& status);

  ObjectStore& store_;
  const ObjectPath path_;
  const std::string upload_id_;
  const WriterOptions options_;
  Job current_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_stop_;
  base::BoundedQueue<Job> jobs_;
  // One for each buffer that may be filled now.
  base::BoundedQueue<std::monostate> free_;

  mutable std::mutex mutex_;
  // The buffers that were used and hold no part now, the latest last: while
  // uploads keep up, two are enough. Guarded by mutex_.
  std::vector<PageBuffer> used_;
  std::map<int, Stored> stored_;  // by number; guarded by mutex_
  base::Status error_;            // guarded by mutex_

  std::vector<std::jthread> threads_;
};

}  // namespace vexaa::objects
