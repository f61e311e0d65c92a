#pragma once

#include "base/metrics.hpp"
#include "http/gzip.hpp"
#include "http/http_server.hpp"
#include "messages/notification_writes.hpp"
#include "webhooks/signature_watch.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace nova::webhooks {

/// Who may send notifications. Never logged.
struct webhook_trust {
  std::vector<std::string> secrets; // each is good
  /// Accepts notifications although there is no secret: for a machine that nobody else can reach.
  bool unsigned_allowed = false;
  /// Who is told whether notifications are signed rightly; null: nobody.
  std::shared_ptr<signature_watch> watch = {};
};

/// Bounds. The sender gives up after 10 s (Nylas API v3, webhooks), so the store must answer
/// sooner.
struct webhook_limits {
  /// Notifications that wait for the store, and their bytes; who exceeds it gets 503 at once.
  size_t waiting_max = 1000;
  size_t waiting_bytes_max = size_t{128} << 20;
  std::chrono::milliseconds store_timeout{8000};
  size_t unpacked_max = size_t{16} << 20;
  size_t challenge_max = 512;
};

/// Takes notifications from Nylas. Answers 200 only when the notification is durable, and 503,
/// which the sender repeats, for whatever is our own fault; never 500. Its members are called on
/// server threads.
class webhook_ingress {
public:
  /// Throws `std::invalid_argument` when there is no secret and that is not allowed. The actor
  /// system must outlive the server that calls this, not this object's last webhook.
  webhook_ingress(caf::actor_system& system, webhook_trust trust, webhook_limits limits,
                  base::metrics& metrics);
  ~webhook_ingress();

  webhook_ingress(const webhook_ingress&) = delete;
  webhook_ingress& operator=(const webhook_ingress&) = delete;

  /// Who stores from now on; nobody until the first call, and everybody gets 503. Any thread, any
  /// time: a supervisor that restarts the store gives the new one here.
  void use_store(notification_store_actor store);

  /// The handshake: `GET …?challenge=VALUE` is answered with exactly that value.
  void challenge(const http::request& request, const http::server::reply& reply) const;

  /// A notification.
  void receive(http::request request, http::server::reply reply) const;

  /// From now on everybody gets 503; what waits goes on.
  void close();

private:
  class pending_webhook;
  struct shared_state;

  void check_and_store(http::request request, std::shared_ptr<pending_webhook> pending) const;
  bool unpack(http::request& request, pending_webhook& pending) const;
  void store(incoming_notification notification, std::shared_ptr<pending_webhook> pending) const;

  std::shared_ptr<shared_state> state_;
};

} // namespace nova::webhooks
