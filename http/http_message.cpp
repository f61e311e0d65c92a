#include "http/http_message.hpp"

#include <algorithm>
#include <array>

namespace nova::http {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void add_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  // A line break in what a handler echoes would start a field, or a second answer, of the sender's
  // choice.
  for (char c : value)
    out.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
  out.append("\r\n");
}

} // namespace

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view request::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (equal_ignoring_case(key, name))
      return value;
  return {};
}

std::string_view request::path() const {
  auto whole = std::string_view{target};
  return whole.substr(0, whole.find('?'));
}

std::string_view status_text(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 423: return "Locked";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Status";
  }
}

bool status_has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string http_date(std::time_t seconds) {
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

void render_head(std::string& out, const response& response, std::string_view date,
                 bool keep_alive) {
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).push_back(' ');
  out.append(status_text(response.status)).append("\r\n");
  add_field(out, "Date", date);
  if (status_has_body(response.status)) {
    if (!response.content_type.empty())
      add_field(out, "Content-Type", response.content_type);
    if (!response.next)
      add_field(out, "Content-Length", std::to_string(response.body.size()));
  }
  for (const auto& [name, value] : response.headers)
    add_field(out, name, value);
  add_field(out, "Connection", keep_alive ? "keep-alive" : "close");
  out.append("\r\n");
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  auto first = text.find_first_not_of(blank);
  return first == std::string_view::npos
           ? std::string_view{}
           : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

} // namespace nova::http
