#pragma once

#include "messages/error_code.hpp"
#include "nylas/signature.hpp"
#include "tests/support/raw_client.hpp"
#include "webhooks/service.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace nova::test {

/// A service on a real socket with a store that does as it is told.
struct http_fixture {
  using release_now = int;
  using fake_store = notification_store_actor::extend<caf::reacts_to<release_now>>;

  http_fixture() {
    store = system.spawn([this](fake_store::pointer self) { return store_behavior(self); });
    limits.threads = 2;
  }

  ~http_fixture() {
    if (service)
      service->stop(std::chrono::milliseconds{0});
    caf::scoped_actor self{system};
    self->send_exit(store, caf::exit_reason::user_shutdown);
  }

  http_fixture(const http_fixture&) = delete;
  http_fixture& operator=(const http_fixture&) = delete;

  void start() {
    service = std::make_unique<webhooks::service>(
      system, metrics, [this] { return reasons; }, limits,
      webhooks::ingress_parts{trust, webhook_limits});
    service->use_store(store);
    port = service->listen("127.0.0.1", 0);
  }

  fake_store::behavior_type store_behavior(fake_store::pointer self) {
    return {
      [this, self](incoming_notification& request) -> caf::result<notification_stored> {
        ++asked;
        if (failure != ec::none)
          return caf::make_error(failure.load(), "on purpose");
        auto answer = self->make_response_promise<notification_stored>();
        if (held)
          waiting.emplace_back(std::move(request), answer);
        else
          answer.deliver(write(std::move(request)));
        return answer;
      },
      [this](release_now) {
        for (auto& [request, answer] : std::exchange(waiting, {}))
          answer.deliver(write(std::move(request)));
      },
    };
  }

  notification_stored write(incoming_notification request) {
    std::lock_guard guard{mutex};
    auto id = request.id;
    return {!rows.emplace(id, std::move(request)).second};
  }

  void release() {
    caf::anon_send(store, release_now{});
  }

  incoming_notification row(const std::string& id) {
    std::lock_guard guard{mutex};
    return rows.at(id);
  }

  [[nodiscard]] std::string signature_of(std::string_view body) const {
    return "X-Nylas-Signature: " + nylas::sign(trust.secrets.at(0), body) + "\r\n";
  }

  /// Posts a webhook with the right signature.
  raw_answer deliver(const std::string& body, const std::string& fields = {}) const {
    return raw_client{port}.post("/webhooks/nylas", body, signature_of(body) + fields);
  }

  bool counted(const std::string& line) const {
    return metrics.text().find(line + '\n') != std::string::npos;
  }

  template <class Condition>
  static bool eventually(Condition condition) {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline)
        return false;
      std::this_thread::yield();
    }
    return true;
  }

  struct configuration : caf::actor_system_config {
    configuration() {
      set("scheduler.max-threads", 2);
    }
  };

  configuration config;
  caf::actor_system system{config};
  base::metrics metrics;
  http::server_limits limits;
  webhooks::webhook_limits webhook_limits;
  webhooks::webhook_trust trust{{"a secret of the test"}};
  std::vector<std::string> reasons;

  fake_store store;
  std::atomic<int> asked{0};
  std::atomic<bool> held{false};
  std::atomic<ec> failure{ec::none};
  std::vector<std::pair<incoming_notification, caf::typed_response_promise<notification_stored>>>
    waiting; // touched by the store only
  std::mutex mutex;
  std::map<std::string, incoming_notification> rows;

  std::unique_ptr<webhooks::service> service;
  uint16_t port = 0;
};

} // namespace nova::test
