#pragma once

#include "base/clock.hpp"
#include "base/once_a_minute.hpp"
#include "cluster/link_channel.hpp"
#include "cluster/link_handshake.hpp"
#include "cluster/link_pump.hpp"
#include "http/listen_socket.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace nova::cluster {

/// Where a node waits for links and how. Holds the secret, so it is never logged.
struct link_server_settings {
  std::string host = "127.0.0.1";
  uint16_t port = 0;            // 0: any free one
  std::optional<tls_files> tls; // needed where the address is not of the machine itself
  /// From the first byte to the last proof; who takes longer is cut off.
  std::chrono::milliseconds handshake_limit{3000};
  std::chrono::milliseconds connect_limit{1000};
  /// Connections that have not proved themselves; one more drops the oldest.
  size_t pending_max = 64;
  base::monotonic_clock clock = base::monotonic_now;
};

/// A peer that has proved itself, and the plain socket to talk to it.
struct made_link {
  http::unique_fd socket;
  link_hello peer;
  bool called = false;  // by this node
  http::unique_fd wire; // the connection itself, to read its figures
};

/// Called on the thread of the server; must not block.
struct link_events {
  /// See `link_handshake::judge`.
  link_handshake::judge accept;
  std::function<void(made_link)> made;
  /// A call to `node` came to nothing; `refused`: nobody listens there.
  std::function<void(int64_t node, const std::string& reason, bool refused)> failed;
};

/// Makes links between nodes: accepts and calls, and lets nobody through who does not know the
/// cluster's secret. One thread for all connections that are not links yet; nothing an unknown peer
/// does takes more than a socket and 2 KiB, for a limited time, of a limited number.
class link_server {
public:
  /// Binds, so that the address can be told to others before anybody is answered. Throws
  /// `std::system_error` or `std::runtime_error` in words for who set the address or the files.
  explicit link_server(link_server_settings settings);
  ~link_server();

  link_server(const link_server&) = delete;
  link_server& operator=(const link_server&) = delete;

  /// `host:port` for peers, always in digits.
  [[nodiscard]] const std::string& address() const noexcept;

  /// When its certificate ends; nothing where links are plain.
  [[nodiscard]] std::optional<base::wall_time> certificate_ends_at() const;

  /// Answers from now on, as the incarnation `own`.
  void start(link_hello own, std::string secret, link_events events);

  /// Connects to a peer; `made` or `failed` follows. Thread-safe.
  void call(int64_t node, const std::string& address);

  /// Ends every connection that is no link yet; nothing is called afterwards. Idempotent.
  void stop();

private:
  struct pending;
  struct order {
    int64_t node;
    std::string address;
  };

  void run();
  void accept_some();
  void take_orders();
  void begin_call(const order& what);
  void drop_oldest();
  void step(pending& which);
  bool connected(pending& which);
  bool shake(pending& which);
  void finish(pending& which);
  void give_up(pending& which, const std::string& reason, bool refused = false);
  void note_stranger(const pending& which, const std::string& reason);
  void note_refused(const pending& which, const std::string& reason);
  [[nodiscard]] int wait_limit() const;

  link_server_settings settings_;
  std::optional<tls_context> tls_;
  http::unique_fd listener_;
  http::unique_fd wake_;
  std::string address_;
  link_hello own_;
  std::string secret_;
  link_events events_;
  std::optional<link_pump> pump_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<order> orders_;
  std::list<pending> pending_; // of the thread, oldest first
  std::chrono::steady_clock::time_point deaf_until_;
  std::chrono::steady_clock::time_point strangers_noted_;
  uint64_t strangers_ = 0;      // since then
  base::once_a_minute refused_; // nodes that know the secret
  std::thread thread_;
};

} // namespace nova::cluster
