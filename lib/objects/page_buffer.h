// Memory straight from the kernel and straight back to it. Buffers of several
// MiB that come and go would otherwise stay in malloc's heaps, and a runner's
// memory is promised. Pages count once they are touched.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <span>
#include <utility>

namespace vexaa::objects {

class PageBuffer {
 public:
  PageBuffer() = default;
  explicit PageBuffer(size_t size) : size_(size) {
    if (size == 0) return;
    void* pages = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<std::byte*>(pages);
  }
  PageBuffer(PageBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  PageBuffer& operator=(PageBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~PageBuffer() {
    if (data_ != nullptr) munmap(data_, size_);
  }

  std::span<std::byte> bytes() const { return {data_, size_}; }
  size_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace vexaa::objects
