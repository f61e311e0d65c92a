#include "cluster/knock.hpp"

#include "cluster/link_address.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace nova::cluster {

const char* to_string(knocked what) noexcept {
  switch (what) {
    case knocked::answers: return "answers";
    case knocked::refused: return "refused";
    case knocked::silent: return "silent";
  }
  return "?";
}

knocked knock(const std::string& address, std::chrono::milliseconds limit) {
  auto target = parse_target(address);
  if (!target)
    return knocked::silent;
  base::unique_fd socket{::socket(target->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (::connect(socket.get(), target->address(), target->size()) == 0)
    return knocked::answers;
  if (errno == ECONNREFUSED)
    return knocked::refused;
  pollfd waits{socket.get(), POLLOUT, 0};
  if (::poll(&waits, 1, static_cast<int>(limit.count())) <= 0)
    return knocked::silent;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0)
    return knocked::answers;
  return error == ECONNREFUSED ? knocked::refused : knocked::silent;
}

} // namespace nova::cluster
