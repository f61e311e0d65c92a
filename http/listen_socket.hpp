#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace nova::http {

/// Owns a file descriptor.
class unique_fd {
public:
  explicit unique_fd(int fd = -1) noexcept : fd_(fd) {}
  unique_fd(unique_fd&& other) noexcept : fd_(other.release()) {}
  unique_fd& operator=(unique_fd other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~unique_fd();

  int get() const noexcept {
    return fd_;
  }
  int release() noexcept {
    return std::exchange(fd_, -1);
  }

private:
  int fd_;
};

/// A socket that listens, closed in child programs. A port that a former process has just left can
/// be had at once. Port 0 takes any free one; an empty host or `*` every address. Throws
/// `std::system_error` with the address in its text.
unique_fd listen_on(const std::string& host, uint16_t port);

/// Listens on a Unix socket that only our own user may open. Replaces a socket file that nobody
/// listens on. Throws `std::system_error` with the path in its text.
unique_fd listen_on_unix(const std::string& path);

/// Whether a process accepts connections at that socket file.
bool somebody_listens(const std::string& path);

/// Connects to a Unix socket of ours on behalf of a peer, which `peer_of` names on the other side.
/// Negative when nobody listens.
unique_fd connect_for_peer(const std::string& path, const std::string& peer);

/// The port that a socket of `listen_on` has.
uint16_t port_of(const unique_fd& socket);

/// `AF_INET` or `AF_INET6`.
int family_of(const unique_fd& socket);

/// The other end of a connected socket: `127.0.0.1:5123`, `[::1]:5123`, `unix`, or the peer that
/// `connect_for_peer` named. Who may connect to a Unix socket may name any.
std::string peer_of(int fd);

/// The host on the other end, for bounds per host: the IPv4 address, or the IPv6 network of 64
/// bits; empty for a Unix socket.
std::string peer_host_of(int fd);

/// The user on the other end of a connected Unix socket; nothing for other sockets.
std::optional<uint32_t> peer_uid_of(int fd);

} // namespace nova::http
