#pragma once

#include "actors/query.hpp"
#include "base/metrics.hpp"
#include "http/http_server.hpp"
#include "http/router.hpp"

#include <caf/fwd.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace nova::jobs {

struct send_api_settings {
  std::vector<std::string> tokens; // each is good
  /// Requests that wait for the database, and their bytes; who exceeds it gets 503 at once.
  size_t waiting_max = 1'000;
  size_t waiting_bytes_max = size_t{64} << 20;
  size_t connections_max = 2'048; // a client of the feed has one for itself
  /// Longer than the pool tries a statement again while the database is away.
  std::chrono::milliseconds database_timeout{8'000};
};

/// Messages over HTTP: `POST /messenger/v1/send`. 202 only when they are committed; what is our own
/// fault is 503, of which the caller knows that nothing was sent, or, without a key, that it may
/// have been. Docs: docs/messenger.md, Send.
class send_api {
public:
  /// The actor system and the metrics outlive this.
  send_api(caf::actor_system& system, send_api_settings settings, base::metrics& metrics);
  ~send_api();

  send_api(const send_api&) = delete;
  send_api& operator=(const send_api&) = delete;

  /// Who writes from now on; nobody until the first call, and everybody gets 503. Any thread.
  void use_database(database_actor database);

  /// Has the same listener answer another path too. Before `listen`.
  void add_route(const std::string& method, const std::string& path, http::server::handler handler);

  /// As `http::server`.
  uint16_t listen(const std::string& host, uint16_t port);

  /// Answers new requests with 503, waits at most `grace` for those that run, closes. Idempotent.
  /// Waits; never call it from an actor that is not detached.
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds{9'000});

private:
  class pending_send;
  struct shared_state;

  void receive(http::request request, http::server::reply reply) const;

  std::shared_ptr<shared_state> state_;
  http::router router_;
  std::unique_ptr<http::server> server_; // last: its threads use all of the above
};

} // namespace nova::jobs
