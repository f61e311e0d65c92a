#include "http/tls_front.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace nova::http {
namespace {

constexpr base::log tls_front_log{"TlsFront"};

constexpr size_t clients_max = 32;
constexpr int handshake_seconds = 5;
constexpr int idle_ms = 600'000;
constexpr int accept_ms = 200;

struct free_ssl {
  void operator()(SSL* ssl) const noexcept {
    SSL_free(ssl);
  }
};

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

/// Both ways until one side ends. Both sockets block, with limits. `answered` gets the first piece
/// that the server says.
void pump(SSL* ssl, int client, int server, const std::function<void(std::string_view)>& answered) {
  std::array<char, size_t{16} * 1024> buffer{};
  for (bool first = true;;) {
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
      if (got > 0 && std::exchange(first, false))
        answered({buffer.data(), static_cast<size_t>(got)});
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
    listener_(http::listen_on(host, port)), port_(http::port_of(listener_)) {
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
  for (const auto& [client, ignored] : clients_)
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
    admit(client);
  }
}

void tls_front::admit(int client) {
  auto lock = std::scoped_lock{mutex_};
  if (clients_.size() >= clients_max && !make_room()) {
    ::close(client);
    return;
  }
  clients_.emplace(client, connected_client{http::peer_host_of(client), base::monotonic_now()});
  std::thread{[this, client] { carry(client); }}.detach(); // the destructor waits for its end
}

/// Under the lock: sends one away who has shown nothing yet. False when there is none, or when too
/// many of those are still on their way out.
bool tls_front::make_room() {
  if (clients_.size() >= 2 * clients_max)
    return false;
  std::map<std::string, size_t> of_host;
  for (const auto& [client, each] : clients_)
    of_host[each.host] += !each.known && !each.leaving ? 1 : 0;
  auto worst = clients_.end();
  for (auto each = clients_.begin(); each != clients_.end(); ++each) {
    const auto& [client, one] = *each;
    if (one.known || one.leaving)
      continue;
    auto more = worst == clients_.end() ? 1
                                        : static_cast<int>(of_host[one.host])
                                            - static_cast<int>(of_host[worst->second.host]);
    if (more > 0 || (more == 0 && one.since < worst->second.since))
      worst = each;
  }
  if (worst == clients_.end())
    return false;
  worst->second.leaving = true;
  ::shutdown(worst->first, SHUT_RDWR);
  return true;
}

void tls_front::welcome(int client) {
  auto lock = std::scoped_lock{mutex_};
  clients_.at(client).known = true;
}

void tls_front::carry(int client) {
  {
    set_timeout(client, handshake_seconds);
    std::unique_ptr<SSL, free_ssl> ssl{SSL_new(context_.get())};
    SSL_set_fd(ssl.get(), client);
    if (SSL_accept(ssl.get()) == 1) {
      auto server = http::connect_for_peer(to_, http::peer_of(client));
      if (server.get() >= 0)
        pump(ssl.get(), client, server.get(), [&](std::string_view answer) {
          if (!answer.starts_with("HTTP/1.1 401"))
            welcome(client);
        });
      SSL_shutdown(ssl.get());
    } else {
      tls_front_log.debug("no handshake", {{"peer", http::peer_of(client)}});
    }
    ERR_clear_error();
  }
  auto lock = std::scoped_lock{mutex_};
  clients_.erase(client);
  ::close(client);
  ended_.notify_all();
}

} // namespace nova::http
