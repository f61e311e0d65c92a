#include "feed/change_position.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace nova::feed {
namespace {

constexpr size_t position_max = 8192;
constexpr size_t uuid_length = 36;

template <class Number>
bool read(std::string_view text, Number& into) {
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), into);
  return failed == std::errc{} && end == text.data() + text.size();
}

} // namespace

bool change_position::after(const change_position& other) const {
  return std::tie(transaction, kind, inbox, key)
         > std::tie(other.transaction, other.kind, other.inbox, other.key);
}

std::optional<change_position> parse_position(std::string_view text) {
  if (text.size() > position_max)
    return {};
  std::array<std::string_view, 4> parts;
  for (auto& part : parts) {
    auto end = text.find(':');
    if (end == std::string_view::npos)
      return {};
    part = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  change_position found{std::string{parts[0]}, 0, 0, std::string{parts[3]}, std::string{text}};
  bool good =
    !parts[0].empty()
    && std::ranges::all_of(parts[0], [](char c) { return c == '-' || (c >= '0' && c <= '9'); })
    && read(parts[1], found.transaction) && read(parts[2], found.kind)
    && parts[3].size() == uuid_length;
  if (!good)
    return {};
  return found;
}

} // namespace nova::feed
