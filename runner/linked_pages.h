// The read-only pages of the program and its libraries.
#pragma once

namespace vexaa::runner {

// Gives back those touched so far. Linking 150 libraries reads symbol tables
// and code that nobody looks at again, some 15 MiB; what is still used comes
// back by itself, from the page cache. Any thread, any time.
void ForgetLinkedPages();

}  // namespace vexaa::runner
