#pragma once

#include "actors/effects_gate.hpp"
#include "base/clock.hpp"
#include "cluster/members.hpp"
#include "pg/cluster/default_lease.hpp"
#include "pg/cluster/register_node.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nova::cluster {

/// Called on the control thread; none may block.
struct membership_events {
  std::function<void(const members&)> changed;
  /// Declared dead: the process must end at once with 75, writing nothing.
  std::function<void(const std::string& reason)> dead;
  /// Effects are parked (the database is gone, the lease nearly over) or allowed again.
  std::function<void(bool open)> effects;
  /// A lease that was wanted is held, under this token; or nothing: not any more.
  std::function<void(const std::string& name, std::optional<int64_t> token)> lease;
  /// A notification of the channel `nova_cluster`, `nova_threads` or `nova_settings`.
  std::function<void(std::string_view channel, std::string_view payload)> notice;
};

struct membership_settings {
  pg::connection_settings database;
  pg::node_start node;
  bool replace = false; // whoever has the name, alive or not
  std::chrono::milliseconds lease = pg::default_lease;
  std::chrono::milliseconds tick{500};
  /// So long before the end of the lease the node no longer trusts itself.
  std::chrono::milliseconds margin{1000};
  std::chrono::milliseconds probe_limit{300};
  /// No `canary()` for so long: the actors do not run, so the node is degraded: it judges nobody.
  /// Zero: not watched.
  std::chrono::milliseconds canary_limit{3000};
  base::monotonic_clock clock = base::monotonic_now;
  /// Of the jitter; 0 takes a random one.
  uint64_t seed = 0;
};

/// The control loop of a node: a plain thread with a connection of its own, because it must renew
/// the lease even when the scheduler starves.
class membership {
public:
  /// Registers the node; throws `name_taken` or `pg::error` when that is not possible. The events
  /// begin when it is started.
  membership(membership_settings settings, effects_gate& gate, membership_events events);
  ~membership();

  membership(const membership&) = delete;
  membership& operator=(const membership&) = delete;

  void start();

  [[nodiscard]] pg::incarnation self() const noexcept;
  [[nodiscard]] std::shared_ptr<const members> view() const;

  /// Thread-safe and quick: one own connection attempt follows, then a vote.
  void suspect(int64_t node, std::string reason);
  /// Tries to take that lease, again and again, until it is dropped; `membership_events::lease`
  /// tells. Any thread.
  void want_lease(std::string name);
  /// Gives the lease back, so that another node can take it at once. Any thread.
  void drop_lease(std::string name);
  /// The actors still run. Any thread.
  void canary() noexcept;
  /// JSON that goes with the next heartbeat.
  void report_load(std::string json);
  /// Nothing new is taken from now on; `stop` follows when all is done.
  void drain();
  /// Leaves the cluster and ends the thread. Idempotent.
  void stop();

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace nova::cluster
