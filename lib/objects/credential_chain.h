// Chooses where a store's keys come from, in AWS's order: its own files, the
// environment, a web identity, the container's endpoint, the instance. The
// first that is configured is the only one that is asked: when it is broken the
// error names it, and nobody falls through to keys that may open more.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "lib/objects/refreshing_credentials.h"
#include "lib/objects/store_config.h"

namespace vexaa::objects {

// The value of an environment variable; nothing when it is unset or empty.
using Environment =
    std::function<std::optional<std::string>(const std::string& name)>;

// The variables that the chain reads; a process that starts another one passes
// them on.
std::span<const char* const> CredentialVariables();

// Only `provider: aws` reaches past the environment: a role's keys are not
// shown to other people's servers. InvalidConfig: nothing is configured, or
// only half of it. The references must outlive the source.
base::Result<std::unique_ptr<CredentialSource>> ChooseCredentials(
    const StoreConfig& store, const Environment& environment,
    http::HttpTransport& transport, base::Clock& clock);

}  // namespace vexaa::objects
