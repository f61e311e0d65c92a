#include "cluster/try_connect.hpp"

#include "cluster/link_address.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace nova::cluster {

const char* to_string(connect_result what) noexcept {
  switch (what) {
    case connect_result::answers: return "answers";
    case connect_result::refused: return "refused";
    case connect_result::silent: return "silent";
  }
  return "?";
}

connect_result try_connect(const std::string& address, std::chrono::milliseconds limit) {
  auto target = parse_target(address);
  if (!target)
    return connect_result::silent;
  http::unique_fd socket{::socket(target->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (::connect(socket.get(), target->address(), target->size()) == 0)
    return connect_result::answers;
  if (errno == ECONNREFUSED)
    return connect_result::refused;
  pollfd waits{socket.get(), POLLOUT, 0};
  if (::poll(&waits, 1, static_cast<int>(limit.count())) <= 0)
    return connect_result::silent;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0)
    return connect_result::answers;
  return error == ECONNREFUSED ? connect_result::refused : connect_result::silent;
}

} // namespace nova::cluster
