#include "tests/support/raw_client.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace nova::test {
namespace {

constexpr int patience_ms = 10'000;

int connect_to(int family, const sockaddr* address, socklen_t size) {
  int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, address, size) == 0)
    return fd;
  ::close(fd);
  throw std::runtime_error("cannot connect");
}

int connect_to(uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect_to(AF_INET, reinterpret_cast<const sockaddr*>(&at), sizeof at);
}

int connect_to(const std::string& path) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  path.copy(static_cast<char*>(at.sun_path), sizeof at.sun_path - 1);
  return connect_to(AF_UNIX, reinterpret_cast<const sockaddr*>(&at), sizeof at);
}

} // namespace

std::string raw_answer::field(std::string_view name) const {
  auto start = head.find("\r\n" + std::string{name} + ": ");
  if (start == std::string::npos)
    return {};
  start += name.size() + 4;
  return head.substr(start, head.find("\r\n", start) - start);
}

raw_client::raw_client(uint16_t port) : fd_(connect_to(port)) {}

raw_client::raw_client(const std::string& unix_path) : fd_(connect_to(unix_path)) {}

raw_client::~raw_client() {
  ::close(fd_);
}

bool raw_client::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

raw_answer raw_client::get(std::string_view target) {
  send("GET " + std::string{target} + " HTTP/1.1\r\nHost: nova\r\n\r\n");
  return read();
}

raw_answer raw_client::post(std::string_view target, std::string_view body,
                            std::string_view fields) {
  std::string request = "POST " + std::string{target} + " HTTP/1.1\r\nHost: nova\r\n";
  request.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  request.append(fields).append("\r\n").append(body);
  send(request);
  return read();
}

raw_answer raw_client::read(bool of_head) {
  raw_answer answer;
  size_t head_end = 0;
  while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive()) {
      answer.reset = reset_;
      answer.cut = true;
      return answer;
    }
  }
  answer.head = buffer_.substr(0, head_end + 2);
  buffer_.erase(0, head_end + 4);
  answer.status = std::stoi(answer.head.substr(9, 3));
  auto length = answer.field("Content-Length");
  size_t missing = of_head || length.empty() ? 0 : std::stoul(length);
  while (buffer_.size() < missing && receive()) {
  }
  answer.reset = reset_;
  answer.cut = buffer_.size() < missing;
  answer.body = buffer_.substr(0, missing);
  buffer_.erase(0, answer.body.size());
  return answer;
}

bool raw_client::read_until(std::string_view text) {
  while (buffer_.find(text) == std::string::npos)
    if (!receive())
      return false;
  return true;
}

bool raw_client::ended() {
  return buffer_.empty() && !receive() && buffer_.empty() && errno != ETIMEDOUT;
}

/// False at the end, a reset, or when nothing comes; then `errno` is ETIMEDOUT.
bool raw_client::receive() {
  pollfd watched{fd_, POLLIN, 0};
  if (::poll(&watched, 1, patience_ms) == 0) {
    errno = ETIMEDOUT;
    return false;
  }
  std::array<char, 65536> bytes{};
  errno = 0;
  auto count = ::recv(fd_, bytes.data(), bytes.size(), 0);
  reset_ = count < 0 && errno == ECONNRESET;
  if (count <= 0)
    return false;
  buffer_.append(bytes.data(), static_cast<size_t>(count));
  return true;
}

} // namespace nova::test
