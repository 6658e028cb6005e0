// The command line of vexaa-runner. Reads no environment and touches no file.
#pragma once

#include <optional>
#include <string>

#include "lib/base/status.h"
#include "lib/objects/output_identity.h"

namespace vexaa::runner {

struct Arguments {
  std::string spec_file;  // empty: the spec comes from the environment
  // By hand: URIs, local paths, or "-" for an output to stdout.
  std::string source;
  std::string output;
  std::string profile;  // empty: by the output's extension
  // Nothing: as the options say.
  std::optional<objects::Overwrite> overwrite;
  std::string probe;  // describe this place, and nothing else
  int timeout_seconds = 0;
  bool loudness = false;  // measure it
  // The flags that a job's options have, too, as such options: JSON.
  std::string options;
  std::string options_json;  // --options, as it was given
  // Places of side outputs; empty: not wanted.
  std::string metadata;
  std::string silence;
  std::string thumbnail;
  bool quiet = false;

  bool by_hand() const { return !source.empty(); }
};

struct ParsedArguments {
  Arguments arguments;
  // Help or version: print it to stdout and be done.
  std::optional<std::string> answer;
};

// kInvalidArgument: a sentence about what is wrong with the flags.
base::Result<ParsedArguments> ParseArguments(int argc, const char* const* argv,
                                             const std::string& version);

}  // namespace vexaa::runner
