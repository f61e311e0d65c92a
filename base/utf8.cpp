#include "base/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace nova::base {
namespace {

using byte = unsigned char;

bool continues(byte x) {
  return (x & 0xC0) == 0x80;
}

} // namespace

size_t character_length(std::string_view text, size_t at) {
  auto p = reinterpret_cast<const byte*>(text.data()) + at;
  auto left = text.size() - at;
  if (left == 0)
    return 0;
  if (*p < 0x80)
    return 1;
  if (*p >= 0xC2 && *p <= 0xDF)
    return left >= 2 && continues(p[1]) ? 2 : 0;
  if (*p >= 0xE0 && *p <= 0xEF) {
    if (left < 3 || !continues(p[1]) || !continues(p[2]))
      return 0;
    return (*p == 0xE0 && p[1] < 0xA0) || (*p == 0xED && p[1] > 0x9F) ? 0 : 3;
  }
  if (*p >= 0xF0 && *p <= 0xF4) {
    if (left < 4 || !continues(p[1]) || !continues(p[2]) || !continues(p[3]))
      return 0;
    return (*p == 0xF0 && p[1] < 0x90) || (*p == 0xF4 && p[1] > 0x8F) ? 0 : 4;
  }
  return 0;
}

size_t find_invalid_utf8(std::string_view text, size_t at) {
  while (at < text.size()) {
    for (uint64_t eight = 0; text.size() - at >= 8; at += 8) {
      std::memcpy(&eight, text.data() + at, 8);
      if ((eight & 0x8080808080808080u) != 0)
        break;
    }
    for (auto stop = std::min(text.size(), at + 64); at < stop;) {
      auto length = character_length(text, at);
      if (length == 0)
        return at;
      at += length;
    }
  }
  return text.size();
}

std::string_view start_of(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max)
    return text;
  auto end = bytes_max;
  while (end > 0 && continues(static_cast<byte>(text[end])))
    --end;
  return text.substr(0, end);
}

} // namespace nova::base
