#pragma once

#include "simulator/record.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Text like that of mail: cheap to make, compressible as mail is, the same for the same seed.
namespace nova::simulator {

/// Four to eight words.
std::string subject_of(uint64_t seed);

/// A correspondent; there are some thousands of them.
address correspondent(uint64_t seed);

/// Appends the body's HTML, about `bytes` long. It has no character that JSON must escape, so that
/// it can be pasted into an answer.
void append_prose(std::string& out, uint64_t seed, size_t bytes);

/// The beginning of what `append_prose` makes, without tags, at most 100 characters.
std::string snippet_of(uint64_t seed);

/// A text with quotes, line breaks, tabs, accents and an emoji.
std::string_view awkward_text(uint64_t seed);

} // namespace nova::simulator
