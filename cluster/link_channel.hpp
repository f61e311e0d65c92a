#pragma once

#include "base/clock.hpp"
#include "http/listen_socket.hpp"

#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <string>

namespace nova::cluster {

/// Certificates of a node, as paths of PEM files: its own chain, its key, and the authority that
/// every node's certificate must come from.
struct tls_files {
  std::string certificate;
  std::string key;
  std::string authority;
};

/// What all encrypted links of a node share: TLS 1.3, each side shows a certificate of the
/// authority. Throws `std::runtime_error` that names the file that cannot be used.
class tls_context {
public:
  explicit tls_context(const tls_files& files);

  [[nodiscard]] SSL_CTX* get() const noexcept {
    return context_.get();
  }

  /// When this node's own certificate ends.
  [[nodiscard]] base::wall_time ends_at() const;

private:
  struct release {
    void operator()(SSL_CTX* context) const noexcept;
  };

  std::unique_ptr<SSL_CTX, release> context_;
};

/// A connected non-blocking socket, encrypted or not. Never waits: an operation that cannot go on
/// says what it waits for.
class link_channel {
public:
  enum class result { done, wants_read, wants_write, ended };

  /// Without a context the channel is plain. The context outlives it. SIGPIPE must be blocked or
  /// ignored.
  link_channel(http::unique_fd socket, const tls_context* tls, bool caller);

  /// The TLS handshake; a plain channel is open at once.
  [[nodiscard]] result open();
  /// `done` with at least one byte.
  [[nodiscard]] result read(char* into, size_t size, size_t& got);
  [[nodiscard]] result write(const char* from, size_t size, size_t& put);

  [[nodiscard]] int fd() const noexcept {
    return socket_.get();
  }
  /// Why the certificate of the other side is not that of a node of this name: it has other names,
  /// and is not good for any node. Empty when it is, and when the channel is plain.
  [[nodiscard]] std::string not_of(const std::string& name) const;
  /// What only the two ends of this channel know; empty when it is plain.
  [[nodiscard]] std::string binding() const;
  /// After `ended`: the other side closed it, and said nothing.
  [[nodiscard]] bool closed() const noexcept {
    return closed_;
  }
  /// After `ended`: why, for the log.
  [[nodiscard]] const std::string& failure() const noexcept {
    return failure_;
  }

private:
  struct free_ssl {
    void operator()(SSL* ssl) const noexcept;
  };

  result after_ssl(int returned);
  result after_socket(ssize_t returned, size_t& bytes);

  http::unique_fd socket_;
  std::unique_ptr<SSL, free_ssl> ssl_;
  std::string failure_;
  bool closed_ = false;
};

} // namespace nova::cluster
