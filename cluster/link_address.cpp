#include "cluster/link_address.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>

#include <array>
#include <charconv>
#include <memory>

namespace nova::cluster {
namespace {

std::string digits_of(const sockaddr* at) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (at->sa_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(at)->sin_addr, text.data(),
                text.size());
  else
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(at)->sin6_addr, text.data(),
                text.size());
  return text.data();
}

bool is_loopback(const sockaddr* at) {
  if (at->sa_family == AF_INET)
    return ntohl(reinterpret_cast<const sockaddr_in*>(at)->sin_addr.s_addr) >> 24 == 127;
  return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(at)->sin6_addr);
}

bool is_any(const sockaddr* at) {
  if (at->sa_family == AF_INET)
    return reinterpret_cast<const sockaddr_in*>(at)->sin_addr.s_addr == htonl(INADDR_ANY);
  return IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6*>(at)->sin6_addr);
}

std::string first_address(int family) {
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0)
    return {};
  std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> list{found, freeifaddrs};
  for (auto* one = list.get(); one; one = one->ifa_next)
    if (one->ifa_addr && one->ifa_addr->sa_family == family && (one->ifa_flags & IFF_UP) != 0
        && !is_loopback(one->ifa_addr))
      return digits_of(one->ifa_addr);
  return {};
}

} // namespace

std::optional<link_target> parse_target(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return {};
  uint16_t port = 0;
  auto [end, failure] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  if (failure != std::errc{} || end != text.data() + text.size() || port == 0)
    return {};
  auto host = std::string{text.substr(0, colon)};
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  sockaddr_storage storage{};
  auto* four = reinterpret_cast<sockaddr_in*>(&storage);
  if (::inet_pton(AF_INET, host.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    return link_target{storage, sizeof *four};
  }
  auto* six = reinterpret_cast<sockaddr_in6*>(&storage);
  if (::inet_pton(AF_INET6, host.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    return link_target{storage, sizeof *six};
  }
  return {};
}

std::string join_address(const std::string& host, uint16_t port) {
  auto shown = host.find(':') == std::string::npos ? host : '[' + host + ']';
  return shown + ':' + std::to_string(port);
}

std::string reachable_host(const http::unique_fd& listener) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  const auto* at = reinterpret_cast<const sockaddr*>(&bound);
  if (is_any(at))
    if (auto found = first_address(at->sa_family); !found.empty())
      return found;
  return digits_of(at);
}

bool is_loopback(const std::string& host) {
  if (host.empty() || host == "*")
    return false;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
    return false;
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list{found, freeaddrinfo};
  for (auto* one = list.get(); one; one = one->ai_next)
    if (!is_loopback(one->ai_addr))
      return false;
  return true;
}

} // namespace nova::cluster
