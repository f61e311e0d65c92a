#include "app/env_file.hpp"

#include "http/http_message.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace nova::app {
namespace {

constexpr size_t file_bytes_max = size_t{1} << 20;

using entry = std::pair<std::string, std::string>;
using parsed_line = tl::expected<std::optional<entry>, std::string>;

bool is_name(std::string_view text) {
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text.front()))
         && std::all_of(text.begin(), text.end(),
                        [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

/// What is in double quotes; `rest` is left behind the closing one.
std::optional<std::string> double_quoted(std::string_view& rest) {
  std::string value;
  for (size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return value;
    }
    if (rest[i] == '\\' && i + 1 < rest.size()) {
      ++i;
      value += rest[i] == 'n' ? '\n' : rest[i];
    } else {
      value += rest[i];
    }
  }
  return std::nullopt;
}

std::optional<std::string> single_quoted(std::string_view& rest) {
  auto end = rest.find('\'', 1);
  if (end == std::string_view::npos)
    return std::nullopt;
  auto value = std::string(rest.substr(1, end - 1));
  rest.remove_prefix(end + 1);
  return value;
}

tl::expected<std::string, std::string> parse_value(std::string_view rest) {
  if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) {
    if (rest.starts_with('#'))
      return std::string{};
    auto comment = rest.find(" #");
    return std::string(http::trimmed(rest.substr(0, comment)));
  }
  auto value = rest.front() == '"' ? double_quoted(rest) : single_quoted(rest);
  if (!value)
    return tl::unexpected(std::string("has a quote that is not closed"));
  auto after = http::trimmed(rest);
  if (!after.empty() && !after.starts_with('#'))
    return tl::unexpected(std::string("has text behind the closing quote"));
  return *value;
}

parsed_line parse_line(std::string_view line) {
  line = http::trimmed(line);
  if (line.empty() || line.starts_with('#'))
    return std::nullopt;
  if (line.starts_with("export "))
    line = http::trimmed(line.substr(7));
  auto equals = line.find('=');
  if (equals == std::string_view::npos)
    return tl::unexpected(std::string("is not NAME=value"));
  auto name = http::trimmed(line.substr(0, equals));
  if (!is_name(name))
    return tl::unexpected(std::string("has a name with other than letters, digits and _"));
  auto value = parse_value(http::trimmed(line.substr(equals + 1)));
  if (!value)
    return tl::unexpected(value.error());
  return entry{std::string(name), std::move(*value)};
}

} // namespace

tl::expected<std::vector<entry>, base::bad_input> parse_env_file(std::string_view text) {
  if (text.size() > file_bytes_max)
    return tl::unexpected(base::bad_input{"file", "is larger than 1 MiB"});
  if (text.find('\0') != std::string_view::npos)
    return tl::unexpected(base::bad_input{"file", "has a zero byte: it is not a text"});
  std::vector<entry> entries;
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    auto end = text.find('\n');
    auto line = parse_line(text.substr(0, end));
    if (!line)
      return tl::unexpected(base::bad_input{"line " + std::to_string(number), line.error()});
    if (*line)
      entries.push_back(std::move(**line));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return entries;
}

} // namespace nova::app
