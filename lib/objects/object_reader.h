// A stored object as a ByteSource: parallel ranged reads of one pinned version,
// fetched ahead of the position, by a plan where there is one; one long request
// that the user's thread reads itself where that is faster. Holds at most
// `memory_bytes` of the object, and a little more for reads off the plan; by a
// plan, only what will be read of it.
// One user thread; all but the long request happens on threads of its own.
// `store` and `clock` must outlive the reader.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "lib/base/byte_stream.h"
#include "lib/base/clock.h"
#include "lib/objects/link_meter.h"
#include "lib/objects/long_requests.h"
#include "lib/objects/object_store.h"
#include "lib/objects/page_buffer.h"
#include "lib/objects/range_planner.h"

namespace vexaa::objects {

struct ReaderOptions {
  PlanLimits plan;
  LongLimits long_requests;
  // More than full ranges fit into memory: short ones are fetched at once too.
  int threads = 4;
  // The range being read and two ahead of it.
  uint64_t memory_bytes = 24 << 20;
};

class ObjectReader final : public base::ByteSource {
 public:
  // Heads the object and pins its version. `stop` ends every later call.
  static base::Result<std::unique_ptr<ObjectReader>> Open(
      ObjectStore& store, const ObjectPath& path, const ReaderOptions& options,
      const base::Clock& clock, std::stop_token stop);
  ~ObjectReader() override;

  base::Result<size_t> Read(std::span<std::byte> out) override;
  base::Status Seek(uint64_t offset) override;
  uint64_t offset() const override { return offset_; }
  uint64_t size() const override { return info_.size_bytes; }
  void Follow(std::unique_ptr<base::ReadPlan> plan) override;

  const ObjectInfo& info() const { return info_; }
  // Bytes and requests asked of the store so far; any thread. Of a long request
  // what was read or passed, but not what was under way when it ended.
  uint64_t bytes_fetched() const;
  uint64_t ranges_fetched() const;

 private:
  // A range, and what is kept of it.
  struct Piece {
    ByteRange range;
    std::vector<WantedBytes> kept;  // in `buffer`, one after another
    PageBuffer buffer;              // may be larger than what is kept
    uint64_t kept_bytes = 0;
    bool done = false;
    base::Status status;
    uint64_t used = 0;  // when it was last read, in reads

    // The kept bytes from there on; empty: it is not kept.
    std::span<std::byte> From(uint64_t offset) const;
  };
  using PiecePtr = std::shared_ptr<Piece>;      // a map's and a thread's
  using Pieces = std::map<uint64_t, PiecePtr>;  // by offset, none overlapping
  // One long request, which only the user's thread touches.
  struct LongRead {
    std::unique_ptr<ObjectStream> stream;
    const uint64_t begin;
    uint64_t at = begin;    // of the next byte
    base::Duration took{};  // waiting for the user left out
    uint64_t looked_at = begin;
    base::Duration waited{};  // since then
  };

  ObjectReader(ObjectStore& store, ObjectPath path, ObjectInfo info,
               const ReaderOptions& options, const base::Clock& clock,
               std::stop_token stop);

  void Fetch(std::stop_token ended);
  base::Result<size_t> ReadLong(std::span<std::byte> out);
  // All below with mutex_ held; those that take the lock may let go of it.
  bool LongIsWorthwhile(uint64_t offset) const;
  bool GoesLong();
  void PassedLong(base::Duration began);
  void EndLong();
  void Finish(Piece& piece, base::Status status);
  PiecePtr Find(uint64_t offset) const;
  base::Result<PiecePtr> FindOrFetch(std::unique_lock<std::mutex>& lock);
  base::Result<PiecePtr> FetchMissing(std::unique_lock<std::mutex>& lock);
  bool MakeRoom(uint64_t size);
  PiecePtr Start(const ByteRange& range, const std::vector<ByteRange>& wanted);
  void Drop(Pieces::iterator piece);
  void DropUnplanned();
  void DropRead();
  PageBuffer TakeBuffer(uint64_t size);
  void KeepBuffer(PageBuffer buffer);
  void FetchAhead();
  void TeachPlan();
  // The bytes around `offset` of which nothing is kept.
  ByteRange GapAround(uint64_t offset) const;

  ObjectStore& store_;
  const ObjectPath path_;
  const ObjectInfo info_;
  const ReaderOptions options_;
  const base::Clock& clock_;
  uint64_t offset_ = 0;           // the user's
  std::optional<LongRead> long_;  // the user's
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_stop_;

  mutable std::mutex mutex_;
  std::condition_variable_any work_;  // the threads wait for a piece
  std::condition_variable_any done_;  // the user waits for a fetched one
  // Guarded by mutex_.
  RangePlanner planner_;
  LinkMeter meter_;
  LongRequests long_requests_;
  uint64_t position_ = 0;  // of the last read
  Pieces pieces_;
  Pieces strays_;  // in what the others leave out
  std::deque<PiecePtr> waiting_;
  int under_way_ = 0;
  PiecePtr reading_;  // the user copies from it, without the lock
  PageBuffer spare_;  // touched pages cost nothing a second time
  uint64_t held_bytes_ = 0;
  uint64_t reads_ = 0;
  uint64_t bytes_fetched_ = 0;
  uint64_t ranges_fetched_ = 0;

  std::vector<std::jthread> threads_;
};

}  // namespace vexaa::objects
