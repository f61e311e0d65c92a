#include "base/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace nova::base {
namespace {

struct character {
  char32_t code = 0;
  size_t size = 0; // 0: what stands here is not well-formed UTF-8
};

/// RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
character decode(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  auto first = byte(0);
  if (first < 0x80)
    return {first, 1};
  size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size)
    return {};
  char32_t code = first & (0x7fU >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0U) != 0x80)
      return {};
    code = code << 6U | (byte(i) & 0x3fU);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  bool good = code >= least[size] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return good ? character{code, size} : character{};
}

bool harmful(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c || code == 0x200e
         || code == 0x200f || (code >= 0x2028 && code <= 0x202e)
         || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

bool is_blank(char32_t code) {
  return code >= '\t' && code <= '\r';
}

/// Copies what is harmless; `escape` writes the rest, and what is not UTF-8 as U+FFFD.
template <class Escape>
std::string cleaned(std::string_view text, Escape escape) {
  auto plain = [](char c) { return c >= ' ' && c != '\x7f'; };
  if (std::all_of(text.begin(), text.end(), plain)) // ASCII alone, which is nearly every text
    return std::string{text};
  std::string made;
  made.reserve(text.size());
  while (!text.empty()) {
    auto next = decode(text);
    if (next.size == 0)
      made += "\xef\xbf\xbd";
    else if (harmful(next.code))
      escape(made, next.code);
    else
      made += text.substr(0, next.size);
    text.remove_prefix(std::max(next.size, size_t{1}));
  }
  return made;
}

} // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    auto size = decode(text).size;
    if (size == 0)
      return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string printable(std::string_view text) {
  return cleaned(text, [](std::string& to, char32_t code) {
    to += code < 0xa0 ? std::string{' '} : fmt::format("\\u{:04x}", static_cast<uint32_t>(code));
  });
}

std::string printable_json(std::string_view json) {
  return cleaned(json, [](std::string& to, char32_t code) {
    // Inside of a string no writer leaves these raw; between values they are blanks.
    if (is_blank(code))
      to += static_cast<char>(code);
    else
      to += fmt::format("\\u{:04x}", static_cast<uint32_t>(code));
  });
}

} // namespace nova::base
