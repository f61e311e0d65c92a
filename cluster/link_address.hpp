#pragma once

#include "http/listen_socket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nova::cluster {

/// An address to connect to.
class link_target {
public:
  link_target(const sockaddr_storage& address, socklen_t size) : address_(address), size_(size) {}

  [[nodiscard]] int family() const noexcept {
    return address_.ss_family;
  }
  [[nodiscard]] const sockaddr* address() const noexcept {
    return reinterpret_cast<const sockaddr*>(&address_);
  }
  [[nodiscard]] socklen_t size() const noexcept {
    return size_;
  }

private:
  sockaddr_storage address_;
  socklen_t size_;
};

/// Reads `127.0.0.1:80` or `[::1]:80`. Names are none: to look one up can take seconds, and nodes
/// tell each other digits.
[[nodiscard]] std::optional<link_target> parse_target(std::string_view text);

/// `host:port`, with brackets where they are needed.
[[nodiscard]] std::string join_address(const std::string& host, uint16_t port);

/// Where others reach a listening socket, in digits: what it is bound to, or, when it is bound to
/// every address, the first of this machine that is not loopback.
[[nodiscard]] std::string reachable_host(const http::unique_fd& listener);

/// Whether only processes of this machine can reach the address.
[[nodiscard]] bool is_loopback(const std::string& host);

} // namespace nova::cluster
