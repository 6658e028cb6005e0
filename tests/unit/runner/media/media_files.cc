#include "tests/unit/runner/media/media_files.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace vexaa::media {

std::vector<std::byte> LoadFile(const std::string& name) {
  std::ifstream file(std::string(VEXAA_TESTDATA "/") + name, std::ios::binary);
  if (!file) throw std::runtime_error("no test file " + name);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

base::Result<size_t> MemorySource::Read(std::span<std::byte> out) {
  if (on_read) on_read(offset_);
  if (offset_ >= fail_at)
    return base::Status(base::Code::kUnavailable, "the storage is away");
  size_t count = std::min<size_t>(out.size(), bytes_.size() - offset_);
  std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(offset_), count,
              out.begin());
  offset_ += count;
  bytes_read += count;
  return count;
}

base::Status MemorySource::Seek(uint64_t offset) {
  if (offset > bytes_.size())
    return base::Status(base::Code::kInvalidArgument, "seek past the end");
  offset_ = offset;
  return base::Status::Ok();
}

base::Status MemorySink::Write(std::span<const std::byte> data) {
  rest_.insert(rest_.end(), data.begin(), data.end());
  if (rest_.size() > fail_at)
    return base::Status(base::Code::kUnavailable, "the storage is full");
  return base::Status::Ok();
}

base::Status MemorySink::Finish(std::span<const std::byte> head) {
  head_.assign(head.begin(), head.end());
  finished = true;
  return base::Status::Ok();
}

std::vector<std::byte> MemorySink::File() const {
  std::vector<std::byte> file = head_;
  file.insert(file.end(), rest_.begin(), rest_.end());
  return file;
}

std::ostream& operator<<(std::ostream& out, const Oracle& oracle) {
  return out << oracle.file;
}

std::vector<Oracle> LoadOracles() {
  std::ifstream file(VEXAA_TESTDATA "/oracle.tsv");
  std::vector<Oracle> oracles;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    Oracle o;
    fields >> o.file >> o.codec >> o.sample_rate >> o.channels >> o.samples >>
        o.samples_at_44100 >> o.samples_at_16000;
    oracles.push_back(o);
  }
  return oracles;
}

}  // namespace vexaa::media
