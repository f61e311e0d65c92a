#include "http/query_string.hpp"

#include <algorithm>
#include <charconv>

namespace nova::http {
namespace {

std::optional<std::string> decode(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain.push_back(text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    unsigned char byte = 0;
    auto digits = text.substr(i + 1, 2);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (error != std::errc{} || end != digits.data() + 2)
      return {};
    plain.push_back(static_cast<char>(byte));
    i += 2;
  }
  return plain;
}

} // namespace

std::optional<std::string> query_parameter(std::string_view target, std::string_view name) {
  auto query = target.find('?');
  auto rest = query == std::string_view::npos ? std::string_view{} : target.substr(query + 1);
  while (!rest.empty()) {
    auto end = std::min(rest.find('&'), rest.size());
    auto pair = rest.substr(0, end);
    auto equals = std::min(pair.find('='), pair.size());
    if (decode(pair.substr(0, equals)) == name)
      return decode(pair.substr(std::min(equals + 1, pair.size())));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

bool is_printable(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

} // namespace nova::http
