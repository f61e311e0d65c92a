#include "simulator/request.hpp"

#include <algorithm>
#include <charconv>

namespace nova::simulator {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

constexpr std::string_view base64_digits =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Calls `each` with every part of `text` between separators.
template <class Each>
void split(std::string_view text, char separator, Each each) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

} // namespace

std::optional<std::string> percent_decode(std::string_view text, bool form) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && form) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0)
        return std::nullopt;
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    }
  }
  return out;
}

tl::expected<request, base::bad_input> parse_request(std::string_view method,
                                                     std::string_view target) {
  request out;
  out.method = method;
  const size_t question = std::min(target.find('?'), target.size());
  out.raw_path = target.substr(0, question);
  std::optional<base::bad_input> wrong;
  split(target.substr(0, question), '/', [&](std::string_view part) {
    if (part.empty())
      return; // `//v3/threads`: a base URL with a slash at its end
    auto decoded = percent_decode(part, false);
    if (decoded)
      out.path.push_back(std::move(*decoded));
    else
      wrong = base::bad_input{"path", "% must be followed by two hexadecimal digits"};
  });
  const auto query = target.substr(std::min(question + 1, target.size()));
  split(query, '&', [&](std::string_view pair) {
    const size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (name && value)
      out.query.emplace_back(std::move(*name), std::move(*value));
    else
      wrong = base::bad_input{"query", "% must be followed by two hexadecimal digits"};
  });
  if (wrong)
    return tl::unexpected(*wrong);
  return out;
}

std::optional<std::string> request::value(std::string_view name) const {
  for (const auto& [key, text] : query)
    if (key == name)
      return text;
  return std::nullopt;
}

std::vector<std::string> request::values(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, text] : query)
    if (key == name)
      split(text, ',', [&](std::string_view part) {
        if (!part.empty())
          out.emplace_back(part);
      });
  return out;
}

tl::expected<std::optional<bool>, base::bad_input> truth_value(const request& from,
                                                               std::string_view name) {
  auto text = from.value(name);
  if (!text)
    return std::optional<bool>{};
  if (*text == "true" || *text == "false")
    return std::optional<bool>{*text == "true"};
  return tl::unexpected(base::bad_input{std::string(name), "must be true or false"});
}

tl::expected<std::optional<int64_t>, base::bad_input> number_value(const request& from,
                                                                   std::string_view name) {
  const auto value = from.value(name);
  if (!value)
    return std::optional<int64_t>{};
  const std::string_view text = *value;
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size())
    return tl::unexpected(base::bad_input{std::string(name), "must be a whole number"});
  return std::optional<int64_t>{number};
}

std::string base64url(std::string_view bytes) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6)
      out += base64_digits[bits >> (count - 6) & 63];
  }
  if (count > 0)
    out += base64_digits[bits << (6 - count) & 63];
  return out;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    const size_t digit = base64_digits.find(c);
    if (digit == std::string_view::npos)
      return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if ((count += 6) >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 255);
    }
  }
  return out;
}

} // namespace nova::simulator
