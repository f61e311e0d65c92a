#include "pg/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace nova::pg {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD
constexpr std::string_view replacement_escape = "\\ufffd";
constexpr size_t escape_size = 6; // \uXXXX

unsigned char byte_at(std::string_view text, size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

/// How long the well-formed character at the start is (Unicode 15, table 3-7); 0 when there is
/// none, or it is NUL.
size_t character_size(std::string_view text) {
  auto first = byte_at(text, 0);
  if (first < 0x80)
    return first != 0 ? 1 : 0;
  // The second byte's range shuts out overlong forms, surrogates and what is above U+10FFFF.
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  size_t size = 0;
  if (first >= 0xc2 && first <= 0xdf) {
    size = 2;
  } else if (first >= 0xe0 && first <= 0xef) {
    size = 3;
    low = first == 0xe0 ? 0xa0 : low;
    high = first == 0xed ? 0x9f : high;
  } else if (first >= 0xf0 && first <= 0xf4) {
    size = 4;
    low = first == 0xf0 ? 0x90 : low;
    high = first == 0xf4 ? 0x8f : high;
  } else {
    return 0;
  }
  if (byte_at(text, 1) < low || byte_at(text, 1) > high)
    return 0;
  for (size_t i = 2; i < size; ++i)
    if ((byte_at(text, i) & 0xc0) != 0x80)
      return 0;
  return size;
}

/// How many bytes from the start are storable as they are.
size_t storable_size(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    auto size = character_size(text.substr(at));
    if (size == 0)
      break;
    at += size;
  }
  return at;
}

/// The code unit of `\uXXXX` at the start, or -1.
int escaped_unit(std::string_view json) {
  if (json.size() < escape_size || !json.starts_with("\\u"))
    return -1;
  unsigned unit = 0;
  auto end = json.data() + escape_size;
  auto [stop, failure] = std::from_chars(json.data() + 2, end, unit, 16);
  return failure == std::errc{} && stop == end ? static_cast<int>(unit) : -1;
}

bool is_high_surrogate(int unit) {
  return unit >= 0xd800 && unit <= 0xdbff;
}

bool is_low_surrogate(int unit) {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/// How long the escape at the start is: a surrogate pair counts as one.
size_t escape_length(std::string_view json) {
  auto unit = escaped_unit(json);
  if (unit < 0)
    return std::min<size_t>(2, json.size()); // any other escape, among them that of a backslash
  auto paired = is_high_surrogate(unit) && is_low_surrogate(escaped_unit(json.substr(escape_size)));
  return paired ? 2 * escape_size : escape_size;
}

bool is_storable_escape(std::string_view escape) {
  auto unit = escaped_unit(escape);
  auto alone = escape.size() == escape_size;
  return !alone || (unit != 0 && !is_high_surrogate(unit) && !is_low_surrogate(unit));
}

} // namespace

bool is_storable_text(std::string_view text) {
  return storable_size(text) == text.size();
}

std::string storable_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (;;) {
    auto good = storable_size(text);
    out += text.substr(0, good);
    if (good == text.size())
      return out;
    out += replacement;
    text.remove_prefix(good + 1);
  }
}

std::string storable_json(std::string_view json) {
  auto text = storable_text(json);
  std::string_view rest = text;
  std::string out;
  out.reserve(text.size());
  for (;;) {
    auto escape = rest.find('\\');
    out += rest.substr(0, escape);
    if (escape == std::string_view::npos)
      return out;
    rest.remove_prefix(escape);
    auto size = escape_length(rest);
    out += is_storable_escape(rest.substr(0, size)) ? rest.substr(0, size) : replacement_escape;
    rest.remove_prefix(size);
  }
}

} // namespace nova::pg
