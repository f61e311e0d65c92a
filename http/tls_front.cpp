#include "http/tls_front.hpp"

#include "base/log.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

namespace nova::http {
namespace {

constexpr base::log log{"TlsFront"};

constexpr size_t clients_max = 32;
constexpr int handshake_seconds = 5;
constexpr int idle_ms = 600'000;
constexpr int accept_ms = 200;

struct free_ssl {
  void operator()(SSL* ssl) const noexcept {
    SSL_free(ssl);
  }
};

base::unique_fd connect_to(const std::string& path) {
  base::unique_fd made{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(made.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return base::unique_fd{};
  return made;
}

void set_timeout(int fd, int seconds) {
  timeval limit{seconds, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

bool send_all(int fd, const char* data, size_t size) {
  while (size > 0) {
    auto sent = ::send(fd, data, size, MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    data += sent;
    size -= static_cast<size_t>(sent);
  }
  return true;
}

/// Both ways until one side ends. Both sockets block, with limits.
void pump(SSL* ssl, int client, int server) {
  std::array<char, size_t{16} * 1024> buffer{};
  for (;;) {
    std::array<pollfd, 2> ready{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
    if (SSL_pending(ssl) == 0 && ::poll(ready.data(), ready.size(), idle_ms) <= 0)
      return;
    if (SSL_pending(ssl) > 0 || ready[0].revents != 0) {
      auto got = SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size()));
      if (got <= 0 || !send_all(server, buffer.data(), static_cast<size_t>(got)))
        return;
    }
    if (ready[1].revents != 0) {
      auto got = ::recv(server, buffer.data(), buffer.size(), 0);
      if (got <= 0 || SSL_write(ssl, buffer.data(), static_cast<int>(got)) <= 0)
        return;
    }
  }
}

} // namespace

void tls_front::release::operator()(SSL_CTX* context) const noexcept {
  SSL_CTX_free(context);
}

tls_front::tls_front(const std::string& host, uint16_t port, const std::string& certificate,
                     const std::string& key, std::string to_socket)
  : context_(SSL_CTX_new(TLS_server_method())), to_(std::move(to_socket)),
    listener_(base::listen_on(host, port)), port_(base::port_of(listener_)) {
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_3_VERSION);
  if (SSL_CTX_use_certificate_chain_file(context_.get(), certificate.c_str()) != 1)
    throw std::runtime_error("the certificate '" + certificate + "' cannot be used");
  if (SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM) != 1)
    throw std::runtime_error("the key '" + key + "' cannot be used with the certificate");
  thread_ = std::thread{[this] { accept(); }};
}

tls_front::~tls_front() {
  stopping_ = true;
  thread_.join();
  auto lock = std::unique_lock{mutex_};
  for (int client : clients_)
    ::shutdown(client, SHUT_RDWR);
  ended_.wait(lock, [this] { return clients_.empty(); });
}

void tls_front::accept() {
  // The threads of connections inherit it: a peer that has gone is no reason to end the process.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  while (!stopping_) {
    pollfd ready{listener_.get(), POLLIN, 0};
    if (::poll(&ready, 1, accept_ms) <= 0)
      continue;
    int client = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0)
      continue;
    auto lock = std::scoped_lock{mutex_};
    if (clients_.size() >= clients_max) {
      ::close(client);
      continue;
    }
    clients_.insert(client);
    std::thread{[this, client] { carry(client); }}.detach(); // the destructor waits for its end
  }
}

void tls_front::carry(int client) {
  {
    set_timeout(client, handshake_seconds);
    std::unique_ptr<SSL, free_ssl> ssl{SSL_new(context_.get())};
    SSL_set_fd(ssl.get(), client);
    if (SSL_accept(ssl.get()) == 1) {
      auto server = connect_to(to_);
      if (server.get() >= 0)
        pump(ssl.get(), client, server.get());
      SSL_shutdown(ssl.get());
    } else {
      log.debug("no handshake", {{"peer", base::peer_of(client)}});
    }
    ERR_clear_error();
  }
  auto lock = std::scoped_lock{mutex_};
  clients_.erase(client);
  ::close(client);
  ended_.notify_all();
}

} // namespace nova::http
