#include "http/listen_socket.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <memory>
#include <string_view>
#include <system_error>

namespace nova::http {
namespace {

[[noreturn]] void fail(int error, const std::string& address) {
  throw std::system_error(error, std::generic_category(), "cannot listen on " + address);
}

using address_list = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

/// IPv4 before IPv6, because clients that are told `127.0.0.1` should find who listens on
/// `localhost`.
address_list resolve(const std::string& host, uint16_t port, const std::string& address) {
  bool any = host.empty() || host == "*";
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  for (int family : {AF_INET, AF_INET6}) {
    hints.ai_family = family;
    addrinfo* found = nullptr;
    if (getaddrinfo(any ? nullptr : host.c_str(), std::to_string(port).c_str(), &hints, &found)
        == 0)
      return {found, freeaddrinfo};
  }
  fail(EADDRNOTAVAIL, address);
}

unique_fd open_socket(int family, const std::string& address) {
  unique_fd made{::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (made.get() < 0)
    fail(errno, address);
  return made;
}

/// Empty when the path is too long, or is none.
std::optional<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof at.sun_path)
    return {};
  path.copy(static_cast<char*>(at.sun_path), path.size());
  return at;
}

unique_fd connect_to(const sockaddr_un& at, unique_fd by) {
  if (::connect(by.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
    return unique_fd{};
  return by;
}

unique_fd unix_socket() {
  return unique_fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
}

/// The name of the client's own end, which has no file: a zero byte, this, the peer, a space and a
/// number that makes it its own.
constexpr std::string_view peer_mark{"\0nova for ", 10};

sockaddr_storage bound_address(const unique_fd& socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0)
    throw std::system_error(errno, std::generic_category(), "getsockname");
  return bound;
}

} // namespace

unique_fd::~unique_fd() {
  if (fd_ >= 0)
    ::close(fd_);
}

unique_fd listen_on(const std::string& host, uint16_t port) {
  auto address = (host.empty() ? "*" : host) + ':' + std::to_string(port);
  auto found = resolve(host, port, address);
  auto socket = open_socket(found->ai_family, address);
  int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0
      || ::listen(socket.get(), SOMAXCONN) != 0)
    fail(errno, address);
  return socket;
}

unique_fd listen_on_unix(const std::string& path) {
  auto at = unix_address(path);
  if (!at)
    fail(ENAMETOOLONG, path);
  auto socket = open_socket(AF_UNIX, path);
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) {
    if (somebody_listens(path))
      fail(EADDRINUSE, path);
    ::unlink(path.c_str());
  }
  // Before bind, so that the file never exists with wider rights.
  if (::fchmod(socket.get(), 0600) != 0
      || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*at), sizeof *at) != 0
      || ::listen(socket.get(), SOMAXCONN) != 0)
    fail(errno, path);
  return socket;
}

bool somebody_listens(const std::string& path) {
  auto at = unix_address(path);
  return at && connect_to(*at, unix_socket()).get() >= 0;
}

unique_fd connect_for_peer(const std::string& path, const std::string& peer) {
  static std::atomic<uint64_t> count{0};
  auto to = unix_address(path);
  if (!to)
    return unique_fd{};
  auto name = std::string{peer_mark} + peer + ' ' + std::to_string(::getpid()) + '.'
              + std::to_string(++count);
  sockaddr_un own{};
  own.sun_family = AF_UNIX;
  name.resize(std::min(name.size(), sizeof own.sun_path));
  name.copy(static_cast<char*>(own.sun_path), name.size());
  auto made = unix_socket();
  // Without a name, when somebody has taken it, the peer is `unix`.
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  static_cast<void>(::bind(made.get(), reinterpret_cast<const sockaddr*>(&own), size));
  return connect_to(*to, std::move(made));
}

uint16_t port_of(const unique_fd& socket) {
  auto bound = bound_address(socket);
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                           : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

int family_of(const unique_fd& socket) {
  return bound_address(socket).ss_family;
}

std::string peer_of(int fd) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0)
    return "unknown";
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (peer.ss_family == AF_INET) {
    const auto& at = reinterpret_cast<const sockaddr_in&>(peer);
    ::inet_ntop(AF_INET, &at.sin_addr, text.data(), text.size());
    return std::string{text.data()} + ':' + std::to_string(ntohs(at.sin_port));
  }
  if (peer.ss_family == AF_INET6) {
    const auto& at = reinterpret_cast<const sockaddr_in6&>(peer);
    ::inet_ntop(AF_INET6, &at.sin6_addr, text.data(), text.size());
    return '[' + std::string{text.data()} + "]:" + std::to_string(ntohs(at.sin6_port));
  }
  if (peer.ss_family == AF_UNIX && size > offsetof(sockaddr_un, sun_path)) {
    const auto* path =
      static_cast<const char*>(reinterpret_cast<const sockaddr_un&>(peer).sun_path);
    std::string_view name{path, size - offsetof(sockaddr_un, sun_path)};
    if (name.starts_with(peer_mark))
      return std::string{name.substr(peer_mark.size(), name.rfind(' ') - peer_mark.size())};
  }
  return "unix";
}

std::string peer_host_of(int fd) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0)
    return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (peer.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(peer).sin_addr, text.data(),
                text.size());
  } else if (peer.ss_family == AF_INET6) {
    auto address = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
    if (!IN6_IS_ADDR_V4MAPPED(&address))
      std::fill(std::begin(address.s6_addr) + 8, std::end(address.s6_addr), uint8_t{0});
    ::inet_ntop(AF_INET6, &address, text.data(), text.size());
  }
  return text.data();
}

std::optional<uint32_t> peer_uid_of(int fd) {
  sockaddr_storage own{};
  socklen_t length = sizeof own;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length) != 0
      || own.ss_family != AF_UNIX)
    return {};
  ucred peer{};
  length = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
    return {};
  return peer.uid;
}

} // namespace nova::http
