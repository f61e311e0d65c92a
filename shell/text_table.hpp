#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace nova::shell {

/// How many places a text takes at a terminal: characters, not bytes.
[[nodiscard]] size_t width_of(std::string_view text);

/// Writes lines of cells in aligned columns with two blanks between. The cells are what a terminal
/// may see (`base/printable.hpp`).
void print_aligned(std::ostream& out, const std::vector<std::vector<std::string>>& lines);

} // namespace nova::shell
