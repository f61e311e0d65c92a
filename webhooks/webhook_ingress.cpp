#include "webhooks/webhook_ingress.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "http/query_string.hpp"
#include "http/router.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "nylas/notification.hpp"
#include "nylas/signature.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/sec.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <stdexcept>

// The way of a notification:
//
//   signature over the raw bytes ─▶ unpack ─▶ envelope ─▶ one actor asks the store ─▶ 200
//          401                     400, 413     400            503 within 8 s
//
// The actor is what joins two worlds: a server thread must not wait, and only an actor can ask
// another with a time-out. It lives for one notification.

namespace nova::webhooks {
namespace {

using steady_clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr base::log webhook_ingress_log{"WebhookIngress"};

// Nylas waits longer between its attempts anyway; proxies and tests look at it.
constexpr auto retry_after = "5";
// A wrong secret or an absent database fails every notification: one line in a while says it as
// well as thousands.
constexpr auto warning_pause = 5s;

/// How a webhook ended.
enum class outcome {
  stored,
  duplicate,
  unauthorized,
  malformed,
  too_large,
  unsupported,
  overloaded,
  unavailable,
  timeout,
  refused,
};

struct outcome_rule {
  outcome what;
  const char* name; // the label of the counter
  int status;
  const char* answer;
};

// In the order of the enumeration.
constexpr std::array outcome_rules{
  outcome_rule{outcome::stored, "stored", 200, R"({"status":"stored"})"},
  outcome_rule{outcome::duplicate, "duplicate", 200, R"({"status":"duplicate"})"},
  outcome_rule{outcome::unauthorized, "unauthorized", 401, R"({"error":"signature"})"},
  outcome_rule{outcome::malformed, "malformed", 400, R"({"error":"not a notification"})"},
  outcome_rule{outcome::too_large, "too_large", 413, R"({"error":"too large"})"},
  outcome_rule{outcome::unsupported, "unsupported", 415, R"({"error":"content encoding"})"},
  outcome_rule{outcome::overloaded, "overloaded", 503, R"({"error":"busy"})"},
  outcome_rule{outcome::unavailable, "unavailable", 503, R"({"error":"unavailable"})"},
  outcome_rule{outcome::timeout, "timeout", 503, R"({"error":"unavailable"})"},
  outcome_rule{outcome::refused, "refused", 503, R"({"error":"unavailable"})"},
};

/// Lets one warning through in `warning_pause`, and counts the others. Any thread.
class warning_gate {
public:
  /// How many were held back since the last, when it is time for one.
  std::optional<uint64_t> open() {
    auto now = base::monotonic_now().time_since_epoch();
    auto due = due_.load();
    if (now >= due && due_.compare_exchange_strong(due, now + warning_pause))
      return held_back_.exchange(0);
    ++held_back_;
    return {};
  }

private:
  std::atomic<steady_clock::duration> due_{steady_clock::duration::min()};
  std::atomic<uint64_t> held_back_{0};
};

outcome outcome_of(const caf::error& reason) {
  if (reason == ec::overloaded)
    return outcome::overloaded;
  if (reason == ec::database_refused)
    return outcome::refused;
  return reason == caf::sec::request_timeout ? outcome::timeout : outcome::unavailable;
}

} // namespace

/// What outlives the ingress as long as a notification waits.
struct webhook_ingress::shared_state {
  shared_state(caf::actor_system& system, webhook_trust trust, webhook_limits limits)
    : system(system), trust(std::move(trust)), limits(limits) {}

  notification_store_actor current_store() {
    std::lock_guard guard{mutex};
    return store;
  }

  caf::actor_system& system;
  const webhook_trust trust;
  const webhook_limits limits;
  std::mutex mutex;
  notification_store_actor store; // under the mutex

  std::array<base::counter, outcome_rules.size()> received;
  base::counter bytes;
  base::gauge waiting_now;
  base::histogram commit_seconds;

  std::atomic<bool> closed{false};
  std::atomic<size_t> waiting{0};
  std::atomic<size_t> waiting_bytes{0};
  warning_gate signature_warnings;
  warning_gate store_warnings;
};

/// A notification that has not been answered. When it is lost on any way, it answers 503.
class webhook_ingress::pending_webhook {
public:
  pending_webhook(std::shared_ptr<shared_state> state, http::server::reply reply, size_t bytes)
    : state_(std::move(state)), reply_(std::move(reply)), bytes_(bytes) {
    state_->bytes.add(static_cast<double>(bytes));
    fits_ = ++state_->waiting <= state_->limits.waiting_max;
    fits_ = (state_->waiting_bytes += bytes) <= state_->limits.waiting_bytes_max && fits_;
    state_->waiting_now.add(1);
  }

  ~pending_webhook() {
    try {
      finish(outcome::unavailable);
    } catch (...) {
      // Out of memory: the server notices that the reply was dropped.
    }
  }

  pending_webhook(const pending_webhook&) = delete;
  pending_webhook& operator=(const pending_webhook&) = delete;

  /// There is room for it among those that wait.
  bool fits() const noexcept {
    return fits_;
  }

  /// Answers. Only the first call counts; one actor or thread has it at a time.
  void finish(outcome how) {
    if (std::exchange(finished_, true))
      return;
    --state_->waiting;
    state_->waiting_bytes -= bytes_;
    state_->waiting_now.add(-1);
    state_->received[static_cast<size_t>(how)].add();
    const auto& rule = outcome_rules[static_cast<size_t>(how)];
    http::response response;
    response.status = rule.status;
    response.body = rule.answer;
    if (rule.status == 503)
      response.headers.emplace_back("Retry-After", retry_after);
    reply_(std::move(response));
  }

private:
  std::shared_ptr<shared_state> state_;
  http::server::reply reply_;
  size_t bytes_;
  bool fits_ = false;
  bool finished_ = false;
};

webhook_ingress::webhook_ingress(caf::actor_system& system, webhook_trust trust,
                                 webhook_limits limits, base::metrics& metrics)
  : state_(std::make_shared<shared_state>(system, std::move(trust), limits)) {
  if (state_->trust.secrets.empty() && !state_->trust.unsigned_allowed)
    throw std::invalid_argument(
      "NYLAS_WEBHOOK_SECRET is not set: without it anybody could send notifications. Set it to the "
      "webhook_secret that Nylas gave when the webhook was made");
  for (size_t i = 0; i < outcome_rules.size(); ++i)
    state_->received[i] = metrics.counter_of({"nova_webhooks_received_total",
                                              "Webhooks by how they were answered.",
                                              {{"result", outcome_rules[i].name}}});
  state_->bytes =
    metrics.counter_of({"nova_webhook_bytes_total", "Bytes of webhook bodies as sent.", {}});
  state_->waiting_now =
    metrics.gauge_of({"nova_webhooks_waiting", "Webhooks that wait to be durable.", {}});
  state_->commit_seconds = metrics.histogram_of(
    {"nova_webhook_commit_seconds", "From a webhook's last byte to its commit.", {}});
}

webhook_ingress::~webhook_ingress() = default;

void webhook_ingress::use_store(notification_store_actor store) {
  std::lock_guard guard{state_->mutex};
  state_->store = std::move(store);
}

void webhook_ingress::close() {
  state_->closed = true;
}

void webhook_ingress::challenge(const http::request& request,
                                const http::server::reply& reply) const {
  auto value = http::query_parameter(request.target, "challenge");
  if (!value || !http::is_printable(*value) || value->size() > state_->limits.challenge_max)
    return reply(
      http::error_response(400, "a challenge of at most 512 printable characters is expected"));
  http::response response;
  response.content_type = "text/plain";
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.body = std::move(*value);
  reply(std::move(response));
}

void webhook_ingress::receive(http::request request, http::server::reply reply) const {
  auto pending = std::make_shared<pending_webhook>(state_, std::move(reply), request.body.size());
  if (state_->closed)
    pending->finish(outcome::unavailable);
  else if (!pending->fits())
    pending->finish(outcome::overloaded);
  else
    check_and_store(std::move(request), std::move(pending));
}

void webhook_ingress::check_and_store(http::request request,
                                      std::shared_ptr<pending_webhook> pending) const {
  const auto& secrets = state_->trust.secrets;
  if (!secrets.empty()
      && !nylas::signature_matches(secrets, request.body, request.header("x-nylas-signature"))) {
    if (auto more = state_->signature_warnings.open())
      webhook_ingress_log.warn(
        "bad or missing signature; is NYLAS_WEBHOOK_SECRET the secret of this webhook?",
        {{"peer", request.peer}, {"held_back", *more}});
    if (state_->trust.watch)
      state_->trust.watch->mismatched();
    return pending->finish(outcome::unauthorized);
  }
  if (state_->trust.watch)
    state_->trust.watch->matched();
  if (!unpack(request, *pending))
    return;
  auto bytes = request.body.size();
  auto notification = nylas::parse_envelope(std::move(request.body));
  if (!notification) {
    webhook_ingress_log.warn("malformed webhook", {{"peer", request.peer},
                                                   {"bytes", bytes},
                                                   {"reason", to_string(notification.error())}});
    return pending->finish(outcome::malformed);
  }
  store(std::move(*notification), std::move(pending));
}

/// Replaces the body by what is packed in it. False when it has been answered instead.
bool webhook_ingress::unpack(http::request& request, pending_webhook& pending) const {
  auto encoding = request.header("content-encoding");
  if (encoding.empty() || http::equal_ignoring_case(encoding, "identity"))
    return true;
  if (!http::equal_ignoring_case(encoding, "gzip")) {
    pending.finish(outcome::unsupported);
    return false;
  }
  auto plain = http::gunzip(request.body, state_->limits.unpacked_max);
  if (!plain) {
    webhook_ingress_log.warn("webhook cannot be unpacked",
                             {{"peer", request.peer},
                              {"bytes", request.body.size()},
                              {"reason", to_string(plain.error().input)}});
    pending.finish(plain.error().too_large ? outcome::too_large : outcome::malformed);
    return false;
  }
  request.body = std::move(*plain);
  return true;
}

void webhook_ingress::store(incoming_notification notification,
                            std::shared_ptr<pending_webhook> pending) const {
  auto store = state_->current_store();
  if (!store)
    return pending->finish(outcome::unavailable);
  auto ask = [state = state_, store = std::move(store), notification = std::move(notification),
              start =
                base::monotonic_now()](caf::event_based_actor* self,
                                       const std::shared_ptr<pending_webhook>& pending) mutable {
    auto id = notification.id;
    auto type = notification.type;
    auto grant = notification.grant;
    timed_request(self, store, state->limits.store_timeout, std::move(notification))
      .then(
        [=](const notification_stored& stored) {
          auto took = base::monotonic_now() - start;
          state->commit_seconds.observe(took);
          pending->finish(stored.duplicate ? outcome::duplicate : outcome::stored);
          webhook_ingress_log.debug("webhook stored", {{"notification", id},
                                                       {"type", type},
                                                       {"grant", grant},
                                                       {"duplicate", stored.duplicate},
                                                       {"took_ms", took}});
        },
        [=](const caf::error& reason) {
          pending->finish(outcome_of(reason));
          if (auto more = state->store_warnings.open())
            webhook_ingress_log.warn("webhook not stored; the sender will repeat it",
                                     {{"notification", id},
                                      {"type", type},
                                      {"reason", describe(reason)},
                                      {"held_back", *more}});
        });
  };
  state_->system.spawn(std::move(ask), std::move(pending));
}

} // namespace nova::webhooks
