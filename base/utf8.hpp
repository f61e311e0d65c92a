#pragma once

#include <string>
#include <string_view>

/// UTF-8 as RFC 3629 has it: no surrogates, no longer form than needed.
namespace nova::base {

/// Length of the character at `at`, 0 when there is none.
size_t character_length(std::string_view text, size_t at);

/// Where the first byte from `at` on stands that belongs to no character, or the size of the text.
size_t find_invalid_utf8(std::string_view text, size_t at = 0);

/// The start of a text, at most `bytes_max`, not cut inside a character.
std::string_view start_of(std::string_view text, size_t bytes_max);

} // namespace nova::base
