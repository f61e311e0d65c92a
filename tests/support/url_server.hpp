#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace nova::test {

/// A server that is as bad as a test wants: `talk` gets each connection, whose request head has
/// been read, on a thread of its own, and may send what it likes. The socket is closed behind it.
class url_server {
public:
  /// A connection with the server, good while `talk` runs.
  struct talker {
    int fd = -1;
    std::string request; // its head and what came with it
    const std::atomic<bool>* stopping = nullptr;

    /// False when the other side has closed.
    [[nodiscard]] bool send(std::string_view bytes) const {
      while (!bytes.empty()) {
        auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0)
          return false;
        bytes.remove_prefix(static_cast<size_t>(sent));
      }
      return true;
    }

    /// Until the other side closes or the test ends.
    void hang() const {
      char byte = 0;
      while (!*stopping && ::recv(fd, &byte, 1, 0) > 0)
        continue;
    }
  };

  explicit url_server(std::function<void(talker&)> talk) : talk_(std::move(talk)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0
        || ::listen(listener_, 128) != 0
        || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
      throw std::runtime_error{"the test's server cannot listen"};
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread{[this] { accept(); }};
  }

  ~url_server() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      std::lock_guard guard{mutex_};
      for (auto fd : open_)
        ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : talkers_)
      thread.join();
    ::close(listener_);
  }

  url_server(const url_server&) = delete;
  url_server& operator=(const url_server&) = delete;

  [[nodiscard]] uint16_t port() const {
    return port_;
  }

  [[nodiscard]] std::string url(std::string_view path = "/",
                                std::string_view host = "127.0.0.1") const {
    return "http://" + std::string{host} + ':' + std::to_string(port_) + std::string{path};
  }

  [[nodiscard]] int connections() const {
    return connections_;
  }

private:
  void accept() {
    for (int fd = 0; (fd = ::accept(listener_, nullptr, nullptr)) >= 0;) {
      ++connections_;
      std::lock_guard guard{mutex_};
      open_.push_back(fd);
      talkers_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    talker one{fd, {}, &stopping_};
    char buffer[4096];
    while (one.request.find("\r\n\r\n") == std::string::npos) {
      auto got = ::recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0)
        break;
      one.request.append(buffer, static_cast<size_t>(got));
    }
    talk_(one);
    std::lock_guard guard{mutex_};
    std::erase(open_, fd);
    ::close(fd);
  }

  std::function<void(talker&)> talk_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> talkers_;
  std::thread acceptor_;
};

} // namespace nova::test
