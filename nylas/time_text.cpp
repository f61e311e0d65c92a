#include "nylas/time_text.hpp"

#include "http/http_message.hpp"

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <string>

namespace nova::nylas {
namespace {

constexpr size_t text_max = 60;
constexpr std::string_view form = "0000-00-00T00:00:00";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Two digits at `at`, or -1.
int two_digits(std::string_view text, size_t at) {
  if (at + 2 > text.size() || !is_digit(text[at]) || !is_digit(text[at + 1]))
    return -1;
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

/// Seconds to take away for what follows the time of day: a fraction, then `Z`, `+01:00`, `+0100`,
/// `+01` or nothing.
std::optional<int64_t> offset_of(std::string_view rest) {
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    while (!rest.empty() && is_digit(rest.front()))
      rest.remove_prefix(1);
  }
  if (rest.starts_with(' '))
    rest.remove_prefix(1);
  if (rest.empty() || rest == "Z" || rest == "z")
    return 0;
  if (rest.front() != '+' && rest.front() != '-')
    return {};
  auto hours = two_digits(rest, 1);
  auto colon = rest.size() > 3 && rest[3] == ':' ? size_t{1} : size_t{0};
  auto minutes = rest.size() == 3 ? 0 : two_digits(rest, 3 + colon);
  if (hours < 0 || minutes < 0 || (rest.size() != 3 && rest.size() != 5 + colon))
    return {};
  auto seconds = int64_t{hours} * 3600 + minutes * 60;
  return rest.front() == '-' ? -seconds : seconds;
}

} // namespace

std::optional<int64_t> parse_utc(std::string_view text) {
  if (text.size() < form.size())
    return {};
  std::array<int, 6> parts{};
  size_t part = 0;
  for (size_t i = 0; i < form.size(); ++i) {
    auto digit = is_digit(text[i]);
    // A blank stands for the T in many programs.
    auto same = text[i] == form[i] || (form[i] == 'T' && text[i] == ' ');
    if (digit != (form[i] == '0') || (!digit && !same))
      return {};
    if (digit)
      parts[part] = parts[part] * 10 + (text[i] - '0');
    else
      ++part;
  }
  std::chrono::year_month_day day{std::chrono::year{parts[0]},
                                  std::chrono::month(static_cast<unsigned>(parts[1])),
                                  std::chrono::day(static_cast<unsigned>(parts[2]))};
  if (!day.ok())
    return {};
  auto moment = std::chrono::sys_days{day} + std::chrono::hours{parts[3]}
                + std::chrono::minutes{parts[4]} + std::chrono::seconds{parts[5]};
  return moment.time_since_epoch().count();
}

std::optional<int64_t> parse_time_text(std::string_view text) {
  text = http::trimmed(text);
  if (text.empty() || text.size() > text_max)
    return {};
  if (text.size() == form.find('T'))
    return parse_utc(std::string{text} + "T00:00:00");
  if (auto moment = parse_utc(text)) {
    auto offset = offset_of(text.substr(form.size()));
    return offset ? std::optional{*moment - *offset} : std::nullopt;
  }
  auto moment = curl_getdate(std::string{text}.c_str(), nullptr);
  return moment < 0 ? std::nullopt : std::optional<int64_t>{moment};
}

} // namespace nova::nylas
