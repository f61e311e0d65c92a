#pragma once

#include "base/metrics.hpp"
#include "http/http_server.hpp"
#include "pg/connection.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace nova::feed {

struct change_feed_settings {
  pg::connection_settings database;
  std::string node = "nova"; // who waits for hints
  size_t clients_max = 1'000;
  /// What may wait for one client; who exceeds it is told `resync` and let go.
  size_t waiting_max = size_t{256} << 10;
  /// Of those that wait to be let in.
  size_t asking_max = 1'000;
  std::chrono::milliseconds heartbeat{15'000};
  std::chrono::milliseconds token_check{30'000}; // how often a token is looked at again
};

/// Changes of mail as server-sent events: `GET /changes?since=POSITION`, with a token of
/// `mail_change_token`. One thread reads the feed once for all clients, on a connection of its own,
/// while there are some; who begins further back reads for itself until it has caught up.
/// docs/feed.md.
class change_feed {
public:
  /// The metrics outlive this.
  change_feed(change_feed_settings settings, base::metrics& metrics);
  ~change_feed();

  change_feed(const change_feed&) = delete;
  change_feed& operator=(const change_feed&) = delete;

  /// Answers one request: a stream, or 400, 401, 501, 503. Any thread.
  void receive(http::request request, http::server::reply reply);

  /// Ends every stream and the thread. Idempotent; waits for a statement that runs.
  void stop();

private:
  class pump;
  std::unique_ptr<pump> pump_;
};

} // namespace nova::feed
