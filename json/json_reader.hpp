#pragma once

#include "base/bad_input.hpp"

#include <rapidjson/document.h>
#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// The one place where JSON is parsed. RapidJSON's own reader is not used: in 1.1.0 an exponent
/// near the smallest int ends the process, one above 308 spoils the whole text, its plain form
/// recurses and, with SSE2, it takes control characters in strings. Here nesting costs no stack,
/// and a number is read as text: whole if it fits 64 bits, else the nearest double, which beyond
/// the range is infinite or zero.
namespace nova::json {

/// What a text may be; beyond it, it is refused before it costs memory.
struct bounds {
  size_t bytes_max = size_t{64} << 20;
  uint32_t depth_max = 64;
  uint32_t values_max = 4'000'000; // names of members count
};

/// A half of a surrogate pair becomes U+FFFD. Whether the text is UTF-8 is not looked at. `where`
/// of a failure is `byte N` or `body`.
tl::expected<void, base::bad_input> parse(rapidjson::Document& into, std::string_view text,
                                          const bounds& limits = {});

/// As it, without a copy: strings of `into` point into `text`, which is destroyed.
tl::expected<void, base::bad_input> parse_in_place(rapidjson::Document& into, std::string& text,
                                                   const bounds& limits = {});

} // namespace nova::json
