// "Did you mean ...": the name that a misspelt one was probably meant to be.
// Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vexaa::config {

// The name of `known` that differs least from `name`, letters' case counting
// half; empty when none is near enough to be worth a guess.
std::string NearestName(std::string_view name,
                        std::span<const std::string> known);

}  // namespace vexaa::config
