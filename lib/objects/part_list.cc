#include "lib/objects/part_list.h"

#include <algorithm>

#include "lib/base/digest.h"

namespace vexaa::objects {

base::Result<StagedObject> Describe(std::vector<Part> parts) {
  std::sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return a.number < b.number; });
  StagedObject staged;
  base::Sha256Stream sum;
  for (const Part& part : parts) {
    if (part.number != ++staged.part_count) {
      return base::Status(base::Code::kFailedPrecondition,
                          "the staged parts are not 1 to " +
                              std::to_string(parts.size()) + ": number " +
                              std::to_string(part.number) + " comes as " +
                              std::to_string(staged.part_count),
                          "PartList");
    }
    staged.size_bytes += part.size_bytes;
    sum.Add(base::AsBytes(std::to_string(part.number) + " " + part.etag + " " +
                          std::to_string(part.size_bytes) + "\n"));
  }
  staged.digest = base::Hex(sum.Finish());
  return staged;
}

}  // namespace vexaa::objects
