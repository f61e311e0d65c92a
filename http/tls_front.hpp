#pragma once

#include "http/listen_socket.hpp"

#include <openssl/types.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace nova::http {

/// Takes TLS connections and carries what is in them to a Unix socket of ours, for an HTTP server
/// that knows no TLS, and that `peer_of` tells whom it is for. A thread a connection, at most 32:
/// when all are taken, the oldest to which nothing but a refusal was ever answered gives its place,
/// first one of the host that has most of these. A handshake has five seconds, a connection is
/// closed after ten minutes without a byte. TLS 1.3.
class tls_front {
public:
  /// Listens at once. Throws `std::runtime_error` that names the file that cannot be used, or
  /// `std::system_error`.
  tls_front(const std::string& host, uint16_t port, const std::string& certificate,
            const std::string& key, std::string to_socket);
  ~tls_front();

  tls_front(const tls_front&) = delete;
  tls_front& operator=(const tls_front&) = delete;

  [[nodiscard]] uint16_t port() const noexcept {
    return port_;
  }

private:
  struct release {
    void operator()(SSL_CTX* context) const noexcept;
  };

  /// A connection, from accept to close.
  struct connected_client {
    std::string host;
    std::chrono::steady_clock::time_point since;
    bool known = false;   // was answered something else than a refusal
    bool leaving = false; // its place is another's already
  };

  void accept();
  void admit(int client);
  bool make_room();
  void carry(int client);
  void welcome(int client);

  std::unique_ptr<SSL_CTX, release> context_;
  std::string to_;
  http::unique_fd listener_;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  std::map<int, connected_client> clients_;
  std::thread thread_; // last: it uses all of the above
};

} // namespace nova::http
