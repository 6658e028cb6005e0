// Exit codes of both programs (sysexits.h where it has a fitting one).
#pragma once

namespace vexaa::base {

enum class ExitCode {
  kOk = 0,
  kUsage = 64,         // wrong flags or an unreadable run spec
  kData = 65,          // the input is unusable
  kNoInput = 66,       // the input does not exist
  kUnavailable = 69,   // a service we depend on is not there
  kSoftware = 70,      // a bug of ours
  kTemporary = 75,     // may work when repeated
  kNoPermission = 77,  // access was refused
  kConfig = 78,        // the configuration is wrong
  kStopped = 143,      // ended by SIGTERM, SIGINT or its deadline
};

}  // namespace vexaa::base
