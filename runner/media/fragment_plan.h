// The plan of a fragmented MP4: walks its boxes as they come, and knows from
// each moof where the sound of that fragment lies and where the next box
// begins. What follows a fragment is asked for together with its sound.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <vector>

#include "lib/base/byte_stream.h"

namespace vexaa::media {

class FragmentPlan final : public base::ReadPlan {
 public:
  // The ids of the wanted tracks.
  explicit FragmentPlan(std::vector<uint32_t> tracks);

  std::optional<base::ByteRange> NeededFrom(uint64_t offset) const override;
  std::optional<uint64_t> Unknown() const override;
  void Learn(std::span<const std::byte> bytes) override;

 private:
  // How many bytes of the box at box_offset_ have to be seen.
  size_t Wanted() const;
  void EndBox();
  void LearnFragment();
  void Need(base::ByteRange range);

  const std::vector<uint32_t> tracks_;
  std::map<uint32_t, uint32_t> default_sizes_;
  std::deque<base::ByteRange> needed_;  // in the order of the file
  uint64_t box_offset_ = 0;             // of the box being looked at
  std::vector<std::byte> box_;          // its first bytes
  uint64_t usual_lead_;                 // of a fragment, needed at its start
  bool ended_ = false;
};

}  // namespace vexaa::media
