#pragma once

#include "base/listen_socket.hpp"

#include <openssl/types.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace nova::http {

/// Takes TLS connections and carries what is in them to a Unix socket of ours, for an HTTP server
/// that knows no TLS. A thread a connection, at most 32; a handshake has five seconds, a connection
/// is closed after ten minutes without a byte. TLS 1.3.
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

  void accept();
  void carry(int client);

  std::unique_ptr<SSL_CTX, release> context_;
  std::string to_;
  base::unique_fd listener_;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  std::set<int> clients_;
  std::thread thread_; // last: it uses all of the above
};

} // namespace nova::http
