#include "runner/describe.h"

#include <utility>

#include "runner/media/demuxer.h"
#include "runner/media/metadata.h"

namespace vexaa::runner {

base::Result<std::string> DescribeHeaders(base::ByteSource& source,
                                          std::stop_token stop) {
  ASSIGN_OR_RETURN(
      auto demuxer,
      media::Demuxer::Open(source, std::move(stop), media::Scrutiny::kStreams));
  return media::DescribeSource(demuxer->format(), demuxer->container(),
                               source.size(), {});
}

}  // namespace vexaa::runner
