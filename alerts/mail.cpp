#include "alerts/mail.hpp"

#include "base/ensure.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

namespace nova::alerts {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr size_t address_max = 254;
constexpr size_t plain_max = 60;  // of a header's value: with the longest name below 78
constexpr size_t quoted_max = 75; // of a line that goes on; RFC 2045 allows 76 with its `=`
constexpr size_t word_bytes = 39; // base64 makes 52 of them, 64 with `=?UTF-8?B?` and `?=`

bool is_plain(char one) {
  return one >= ' ' && one <= '~';
}

std::string base64_of(std::string_view bytes) {
  constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string made;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    auto left = bytes.substr(at, 3);
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; ++i)
      bits = bits << 8U | (i < left.size() ? static_cast<unsigned char>(left[i]) : 0U);
    for (size_t i = 0; i < 4; ++i)
      made += i <= left.size() ? digits[bits >> (18U - 6U * i) & 63U] : '=';
  }
  return made;
}

/// The value of a header whose text may be anything.
std::string encoded(std::string_view text) {
  auto line = base::printable(text);
  line.erase(line.find_last_not_of(' ') + 1);
  line.erase(0, line.find_first_not_of(' '));
  if (line.size() <= plain_max && std::ranges::all_of(line, is_plain)
      && line.find("=?") == std::string::npos)
    return line;
  std::string made;
  std::string_view left{line};
  while (!left.empty()) {
    auto word = base::start_of(left, word_bytes);
    if (!made.empty())
      made += "\r\n ";
    made += "=?UTF-8?B?" + base64_of(word) + "?=";
    left.remove_prefix(word.size());
  }
  return made;
}

std::string quoted_printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string made;
  size_t column = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    char one = text[at];
    if (one == '\n') {
      made += line_end;
      column = 0;
      continue;
    }
    auto before_end = at + 1 == text.size() || text[at + 1] == '\n';
    // A dot alone would end the mail, and blanks at an end are lost on the way.
    auto as_it_is =
      is_plain(one) && one != '=' && !(one == ' ' && before_end) && !(one == '.' && column == 0);
    if (column + (as_it_is ? 1 : 3) > quoted_max) {
      made += "=\r\n";
      column = 0;
      as_it_is = as_it_is && one != '.';
    }
    if (as_it_is) {
      made += one;
      ++column;
    } else {
      auto byte = static_cast<unsigned char>(one);
      made += {'=', digits[byte >> 4U], digits[byte & 15U]};
      column += 3;
    }
  }
  return made;
}

std::string part(std::string_view type, std::string_view body) {
  return fmt::format("Content-Type: {}; charset=utf-8\r\n"
                     "Content-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
                     type, quoted_printable(body));
}

std::string from_of(const mail_sender& from) {
  if (from.name.empty())
    return from.address;
  auto name = encoded(from.name);
  auto is_encoded = name.starts_with("=?");
  if (!is_encoded) {
    std::string quoted;
    for (char one : name) {
      if (one == '"' || one == '\\')
        quoted += '\\';
      quoted += one;
    }
    name = '"' + quoted + '"';
  }
  return name + (name.size() + from.address.size() > plain_max ? "\r\n <" : " <") + from.address
         + '>';
}

} // namespace

bool is_address(std::string_view text) {
  auto at = text.find('@');
  if (text.size() > address_max || at == 0 || at == std::string_view::npos || at + 1 == text.size()
      || at != text.rfind('@'))
    return false;
  constexpr std::string_view apart = " \"(),:;<>[]\\";
  auto domain = text.substr(at + 1);
  return domain.front() != '.' && domain.back() != '.' && text.front() != '-'
         && std::ranges::all_of(text, [&](char one) {
              return is_plain(one) && apart.find(one) == std::string_view::npos;
            });
}

tl::expected<mail_sender, base::bad_input> parse_sender(std::string_view text) {
  mail_sender made;
  if (auto open = text.find('<'); open != std::string_view::npos && text.ends_with('>')) {
    auto name = text.substr(0, open);
    while (name.ends_with(' '))
      name.remove_suffix(1);
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"'))
      name = name.substr(1, name.size() - 2);
    made.name = base::printable(name);
    text = text.substr(open + 1, text.size() - open - 2);
  }
  if (!is_address(text))
    return tl::unexpected{base::bad_input{
      "from", "'" + base::printable(text)
                + "' is no address of email, such as nova@example.com or Nova <nova@example.com>"}};
  made.address = text;
  return made;
}

std::string mail_date(base::wall_time at) {
  constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto day = std::chrono::floor<std::chrono::days>(at);
  std::chrono::year_month_day date{day};
  std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(at - day)};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                     days.at(std::chrono::weekday{day}.c_encoding()), unsigned{date.day()},
                     months.at(unsigned{date.month()} - 1), int{date.year()}, time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

std::string mime_of(const mail& what) {
  base::ensure(is_address(what.from.address) && is_address(what.to) && is_address(what.message_id)
                 && (what.answers.empty() || is_address(what.answers)),
               "what stands in a header is an address");
  // Quoted-printable has no `=_`, so no body has the boundary.
  auto boundary = "=_" + what.message_id.substr(0, what.message_id.find('@'));
  auto made = fmt::format("Date: {}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{}>\r\n",
                          mail_date(what.date), from_of(what.from), what.to, encoded(what.subject),
                          what.message_id);
  if (!what.answers.empty())
    made += fmt::format("In-Reply-To: <{0}>\r\nReferences: <{0}>\r\n", what.answers);
  made += fmt::format("MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n"
                      "X-Auto-Response-Suppress: All\r\n"
                      "Content-Type: multipart/alternative;\r\n boundary=\"{}\"\r\n\r\n",
                      boundary);
  made += fmt::format("--{0}\r\n{1}--{0}\r\n{2}--{0}--\r\n", boundary,
                      part("text/plain", what.text), part("text/html", what.html));
  return made;
}

} // namespace nova::alerts
