#include "syncs/http_fetch.hpp"

#include "base/ensure.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "http/http_message.hpp"
#include "http/http_server.hpp"
#include "jobs/address_range.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace nova::syncs {
namespace {

constexpr size_t head_max = size_t{64} << 10;
constexpr size_t text_max = 300;
constexpr size_t field_max = 4096;

struct running_fetch {
  fetched answer;
  const fetch_limits& limits;
  const sync_stop& stop;
  std::string refused_address = {};
  size_t head = 0;
  bool too_large = false;
};

template <class T>
void set_option(CURL* easy, CURLoption option, T value) {
  base::ensure(curl_easy_setopt(easy, option, value) == CURLE_OK, "curl knows the option");
}

size_t take_header(char* data, size_t, size_t length, void* user) {
  auto& one = *static_cast<running_fetch*>(user);
  one.head += length;
  if (one.head > head_max) {
    one.too_large = true;
    return 0;
  }
  std::string_view line{data, length};
  if (line.starts_with("HTTP/")) {
    one.answer.retry_after.clear();
    one.answer.link.clear();
  }
  auto colon = line.find(':');
  if (colon == std::string_view::npos)
    return length;
  auto value = std::string{http::trimmed(line.substr(colon + 1)).substr(0, field_max)};
  if (http::equal_ignoring_case(line.substr(0, colon), "retry-after"))
    one.answer.retry_after = std::move(value);
  else if (http::equal_ignoring_case(line.substr(0, colon), "link"))
    one.answer.link += (one.answer.link.empty() ? "" : ", ") + value;
  return length;
}

size_t take_body(char* data, size_t, size_t length, void* user) {
  auto& one = *static_cast<running_fetch*>(user);
  if (one.answer.body.size() + length > one.limits.answer_max) {
    one.too_large = true;
    return 0;
  }
  one.answer.body.append(data, length);
  return length;
}

curl_socket_t open_socket(void* user, curlsocktype purpose, curl_sockaddr* address) {
  auto& one = *static_cast<running_fetch*>(user);
  if (purpose != CURLSOCKTYPE_IPCXN)
    return CURL_SOCKET_BAD;
  auto range = jobs::range_of(address->addr);
  if (!range.empty() && !one.limits.allow_private && one.limits.proxy.empty()) {
    one.refused_address = jobs::text_of(address->addr) + " (" + std::string{range} + ')';
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int look_at_stop(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<running_fetch*>(user)->stop.ended() ? 1 : 0;
}

std::string one_line(std::string_view text) {
  return std::string{base::start_of(base::printable(text), text_max)};
}

} // namespace

http_fetch::http_fetch(fetch_limits limits, sync_stop& stop)
  : limits_(std::move(limits)), stop_(stop) {
  static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  base::ensure(ready == CURLE_OK, "curl starts");
  easy_.reset(curl_easy_init());
  base::ensure(easy_ != nullptr, "curl has memory");
}

fetched http_fetch::run(const fetch_request& request) {
  stop_.check();
  running_fetch one{{}, limits_, stop_};
  auto host = jobs::host_of_url(request.url);
  auto refuse = [&](std::string why) {
    one.answer.failure = std::move(why);
    one.answer.refused = true;
    return std::move(one.answer);
  };
  if (!host)
    return refuse("the address cannot be called: " + host.error().reason);
  if (auto range = jobs::range_of_literal(*host); !range.empty() && !limits_.allow_private)
    return refuse(*host + " is " + std::string{range}
                  + ", not of the public internet; \"allow_private\": true allows it");
  auto* easy = easy_.get();
  std::array<char, CURL_ERROR_SIZE> error{};
  curl_easy_reset(easy);
  http::curl::header_list headers;
  http::curl::append(headers, "Accept: application/json");
  http::curl::append(headers, "Expect:");
  for (const auto& line : request.headers)
    http::curl::append(headers, line);
  set_option(easy, CURLOPT_URL, request.url.c_str());
  set_option(easy, CURLOPT_HTTPHEADER, headers.get());
  if (request.form) {
    set_option(easy, CURLOPT_POST, 1L);
    set_option(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.form->size()));
    set_option(easy, CURLOPT_POSTFIELDS, request.form->c_str());
  }
  set_option(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limits_.timeout.count()));
  set_option(easy, CURLOPT_CONNECTTIMEOUT_MS, 10'000L);
  set_option(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set_option(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set_option(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set_option(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  // Set even when empty: else curl looks into the environment.
  set_option(easy, CURLOPT_PROXY, limits_.allow_private ? "" : limits_.proxy.c_str());
  set_option(easy, CURLOPT_NOPROXY, "");
  set_option(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  set_option(easy, CURLOPT_OPENSOCKETDATA, &one);
  set_option(easy, CURLOPT_ERRORBUFFER, error.data());
  set_option(easy, CURLOPT_HEADERFUNCTION, take_header);
  set_option(easy, CURLOPT_HEADERDATA, &one);
  set_option(easy, CURLOPT_WRITEFUNCTION, take_body);
  set_option(easy, CURLOPT_WRITEDATA, &one);
  set_option(easy, CURLOPT_NOPROGRESS, 0L);
  set_option(easy, CURLOPT_XFERINFOFUNCTION, look_at_stop);
  set_option(easy, CURLOPT_XFERINFODATA, &one);
  set_option(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  set_option(easy, CURLOPT_USERAGENT, "nova/" NOVA_VERSION);
  set_option(easy, CURLOPT_NOSIGNAL, 1L);
  auto result = curl_easy_perform(easy);
  stop_.check();
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (one.too_large)
    return refuse("the answer is larger than " + std::to_string(limits_.answer_max) + " bytes");
  if (result == CURLE_OK) {
    one.answer.status = static_cast<int>(status);
    return std::move(one.answer);
  }
  if (!one.refused_address.empty())
    return refuse(*host + " is " + one.refused_address
                  + ", not of the public internet; \"allow_private\": true allows it");
  one.answer.failure = one_line(error[0] != '\0' ? error.data() : curl_easy_strerror(result));
  return std::move(one.answer);
}

} // namespace nova::syncs
