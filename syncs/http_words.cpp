#include "syncs/http_words.hpp"

#include <curl/curl.h>

#include <charconv>
#include <cstdint>
#include <memory>

namespace nova::syncs {

using namespace std::chrono_literals;

std::string origin_of(const std::string& url) {
  auto scheme = url.find("://");
  return url.substr(0, scheme == std::string::npos ? 0 : url.find('/', scheme + 3));
}

std::string encoded(std::string_view text) {
  struct free {
    void operator()(char* made) const {
      curl_free(made);
    }
  };
  std::unique_ptr<char, free> made{
    curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size()))};
  return made ? made.get() : "";
}

std::string base64(std::string_view text) {
  constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string made;
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0U);
    for (size_t j = 0; j < 4; ++j)
      made += i + j > text.size() ? '=' : digits[bits >> (18 - 6 * j) & 63];
  }
  return made;
}

std::string next_link(std::string_view header) {
  for (size_t at = 0; (at = header.find('<', at)) != std::string_view::npos;) {
    auto end = header.find('>', at);
    if (end == std::string_view::npos)
      break;
    auto rest = header.substr(end, header.find('<', end) - end);
    if (rest.find("rel=\"next\"") != std::string_view::npos
        || rest.find("rel=next") != std::string_view::npos)
      return std::string{header.substr(at + 1, end - at - 1)};
    at = end;
  }
  return {};
}

std::chrono::nanoseconds pace_of(const stream_settings& settings, const std::string& text) {
  if (text.empty())
    return 0ns;
  auto slash = text.find('/');
  int64_t count = 0, every = 0;
  auto read = [](std::string_view part, int64_t& into) {
    auto [end, failure] = std::from_chars(part.data(), part.data() + part.size(), into);
    return failure == std::errc{} && into > 0 ? std::string_view{end, part.data() + part.size()}
                                              : std::string_view{"?"};
  };
  auto unit =
    slash == std::string::npos ? "?" : read(std::string_view{text}.substr(slash + 1), every);
  if (slash == std::string::npos || !read(std::string_view{text}.substr(0, slash), count).empty()
      || (unit != "s" && unit != "m"))
    settings.refuse("rate", "is '" + text + "': it takes requests and a time, 10/1s or 600/1m");
  return std::chrono::nanoseconds{std::chrono::seconds{unit == "m" ? every * 60 : every}} / count;
}

} // namespace nova::syncs
