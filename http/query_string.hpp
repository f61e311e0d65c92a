#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nova::http {

/// The first parameter of that name in a request target's query, decoded (`%41`, `+` for a space).
/// Nothing when there is none or its encoding is broken.
std::optional<std::string> query_parameter(std::string_view target, std::string_view name);

/// Whether text is not empty and all of it is visible ASCII or a space.
bool is_printable(std::string_view text);

} // namespace nova::http
