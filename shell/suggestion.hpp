#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nova::shell {

/// `; did you mean 'status'?` where one of the known words is nearly what was typed; else empty.
[[nodiscard]] std::string did_you_mean(std::string_view typed,
                                       const std::vector<std::string>& known);

} // namespace nova::shell
