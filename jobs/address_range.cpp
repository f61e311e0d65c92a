#include "jobs/address_range.hpp"

#include "http/curl.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

namespace nova::jobs {
namespace {

constexpr size_t url_bytes_max = 2048;

struct range_v4 {
  uint32_t first;
  int bits;
  std::string_view name;
};

constexpr uint32_t v4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr range_v4 special_v4[] = {
  {v4(0, 0, 0, 0), 8, "unspecified"},         {v4(10, 0, 0, 0), 8, "private"},
  {v4(100, 64, 0, 0), 10, "shared (CGNAT)"},  {v4(127, 0, 0, 0), 8, "loopback"},
  {v4(169, 254, 0, 0), 16, "link-local"},     {v4(172, 16, 0, 0), 12, "private"},
  {v4(192, 0, 0, 0), 24, "reserved"},         {v4(192, 0, 2, 0), 24, "documentation"},
  {v4(192, 168, 0, 0), 16, "private"},        {v4(198, 18, 0, 0), 15, "benchmarking"},
  {v4(198, 51, 100, 0), 24, "documentation"}, {v4(203, 0, 113, 0), 24, "documentation"},
  {v4(224, 0, 0, 0), 4, "multicast"},         {v4(240, 0, 0, 0), 4, "reserved"},
};

std::string_view range_of_v4(uint32_t address) {
  for (const auto& [first, bits, name] : special_v4)
    if ((address ^ first) >> (32 - bits) == 0)
      return name;
  return {};
}

using bytes_v6 = std::array<uint8_t, 16>;

struct range_v6 {
  bytes_v6 first;
  int bits;
  std::string_view name;
  int v4_at = -1; // where an address of IPv4 stands, which decides
};

// Longer ones before those that hold them.
constexpr range_v6 special_v6[] = {
  {{}, 128, "unspecified"},
  {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, "loopback"},
  {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, "IPv4-mapped", 12},
  {{}, 96, "IPv4-compatible"},
  {{0, 0x64, 0xff, 0x9b}, 96, "NAT64", 12},
  {{0, 0x64, 0xff, 0x9b, 0, 1}, 48, "local NAT64"},
  {{0x01}, 64, "discarded"},
  {{0x20, 0x01, 0x0d, 0xb8}, 32, "documentation"},
  {{0x20, 0x01, 0, 0}, 32, "Teredo"},
  {{0x20, 0x01}, 23, "reserved"},
  {{0x20, 0x02}, 16, "6to4", 2},
  {{0x3f, 0xff}, 20, "documentation"},
  {{0xfc}, 7, "unique-local"},
  {{0xfe, 0x80}, 10, "link-local"},
  {{0xfe, 0xc0}, 10, "site-local"},
  {{0xff}, 8, "multicast"},
};

bool begins_with(const bytes_v6& address, const bytes_v6& first, int bits) {
  auto whole = static_cast<size_t>(bits / 8);
  if (!std::equal(address.begin(), address.begin() + whole, first.begin()))
    return false;
  auto rest = bits % 8;
  return rest == 0 || (address[whole] ^ first[whole]) >> (8 - rest) == 0;
}

std::string_view range_of_v6(const bytes_v6& address) {
  for (const auto& [first, bits, name, v4_at] : special_v6) {
    if (!begins_with(address, first, bits))
      continue;
    if (v4_at < 0)
      return name;
    uint32_t inner = 0;
    std::memcpy(&inner, address.data() + v4_at, sizeof inner);
    return range_of_v4(ntohl(inner));
  }
  // All that is given out is of 2000::/3.
  return address[0] >> 5 == 1 ? std::string_view{} : "reserved";
}

std::string part_of_url(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK || text == nullptr)
    return {};
  std::string copy{text};
  curl_free(text);
  return copy;
}

} // namespace

std::string_view range_of(const sockaddr& address) {
  if (address.sa_family == AF_INET)
    return range_of_v4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
  if (address.sa_family != AF_INET6)
    return "unknown";
  bytes_v6 bytes{};
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr,
              bytes.size());
  return range_of_v6(bytes);
}

std::string_view range_of_literal(std::string_view host) {
  std::string text{host.substr(0, host.find('%'))}; // without a zone
  sockaddr_in four{};
  four.sin_family = AF_INET;
  if (inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1)
    return range_of(reinterpret_cast<const sockaddr&>(four));
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  if (inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1)
    return range_of(reinterpret_cast<const sockaddr&>(six));
  return {};
}

std::string text_of(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address.sa_family == AF_INET)
    bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  else if (address.sa_family == AF_INET6)
    bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (bytes == nullptr || inet_ntop(address.sa_family, bytes, text.data(), text.size()) == nullptr)
    return "?";
  return text.data();
}

tl::expected<std::string, base::bad_input> host_of_url(const std::string& url) {
  auto refused = [](std::string reason) {
    return tl::unexpected{base::bad_input{"url", std::move(reason)}};
  };
  if (url.size() > url_bytes_max)
    return refused("is longer than " + std::to_string(url_bytes_max) + " bytes");
  if (std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c > '~'; }))
    return refused("has blanks, controls or letters beyond ASCII; they stand as %20");
  std::unique_ptr<CURLU, http::curl::deleter<curl_url_cleanup>> parsed{curl_url()};
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    return refused("is no URL; https://host/path is");
  auto scheme = part_of_url(parsed.get(), CURLUPART_SCHEME);
  if (scheme != "https" && scheme != "http")
    return refused("begins with " + scheme + ":; http: and https: are accepted");
  if (!part_of_url(parsed.get(), CURLUPART_USER).empty()
      || !part_of_url(parsed.get(), CURLUPART_PASSWORD).empty())
    return refused("has a name or password in it, which others could read; the secret that signs "
                   "is named by secret_name");
  auto host = part_of_url(parsed.get(), CURLUPART_HOST);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  if (host.empty())
    return refused("has no host");
  return host;
}

} // namespace nova::jobs
