#pragma once

#include "base/metrics.hpp"
#include "http/http_server.hpp"
#include "http/router.hpp"
#include "webhooks/webhook_ingress.hpp"

#include <caf/fwd.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nova::webhooks {

/// Says why the node cannot work now, one sentence each; nothing when it can. Called on a server
/// thread, several times a second: it must not wait, so the node keeps the answer up to date
/// elsewhere.
using readiness_check = std::function<std::vector<std::string>()>;

/// What the webhook routes need.
struct ingress_parts {
  webhook_trust trust;
  webhook_limits limits;
};

/// The inbound HTTP of a node: `/metrics`, `/healthz`, `/readyz`; on an ingress `/webhooks/nylas`
/// too.
class service {
public:
  /// Throws `std::invalid_argument` when webhooks could not be told from forgeries (see
  /// `webhook_trust`). The actor system and the metrics outlive this.
  service(caf::actor_system& system, base::metrics& metrics, readiness_check why_not_ready,
          http::server_limits limits, std::optional<ingress_parts> ingress);
  ~service();

  service(const service&) = delete;
  service& operator=(const service&) = delete;

  /// See `webhook_ingress::use_store`; without effect when the node is no ingress.
  void use_store(notification_store_actor store);

  /// As `http::server`.
  uint16_t listen(const std::string& host, uint16_t port);
  void listen_unix(const std::string& path);

  /// Answers new webhooks with 503 and is no longer ready, waits at most `grace` for those that
  /// run, closes. Idempotent. Waits; never call it from an actor that is not detached.
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds{9000});

private:
  void add_routes(base::metrics& metrics, readiness_check why_not_ready);

  http::router router_;
  std::atomic<bool> stopping_{false};
  std::unique_ptr<webhook_ingress> ingress_;
  std::unique_ptr<http::server> server_; // last: its threads use all of the above
};

} // namespace nova::webhooks
