#include "runner/linked_pages.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace vexaa::runner {
namespace {

// Segments that are never written to: relocations change only writable ones.
int ForgetObject(dl_phdr_info* object, size_t, void* page_size) {
  const uintptr_t page = *static_cast<const uintptr_t*>(page_size);
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
    uintptr_t end = begin + segment.p_memsz;
    begin = begin / page * page;
    end = (end + page - 1) / page * page;
    // Best effort: what stays costs memory only.
    (void)madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void ForgetLinkedPages() {
  auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  dl_iterate_phdr(&ForgetObject, &page);
}

}  // namespace vexaa::runner
