#pragma once

#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "actors/wakeups.hpp"
#include "base/backoff.hpp"
#include "base/metrics.hpp"
#include "base/seed.hpp"
#include "jobs/broker_connection.hpp"
#include "jobs/claimed_job.hpp"
#include "messages/timer.hpp"
#include "pg/messenger/messenger_brokers.hpp"
#include "pg/messenger/messenger_claim_outbox.hpp"
#include "pg/messenger/messenger_end_delivered.hpp"

#include <caf/actor_addr.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace nova::jobs {

/// Jobs of what a broker delivers.
struct claim_deliveries {
  std::string transport;
  uint32_t most = 0;
};

struct deliveries_claimed {
  std::vector<claimed_job> jobs;
};

/// A job of `claim_deliveries` has ended; its receipt says which.
struct delivery_ended {
  claimed_job job;
  job_outcome outcome;
};

/// Stands between the engine of jobs and the brokers of a node.
using brokers_actor = caf::typed_actor<
  // Answers at once with what has come, none when the transport is not open. Who asked for more
  // than came, a `jobs_wakeup_actor`, hears `jobs_available` when something comes.
  caf::replies_to<claim_deliveries>::with<deliveries_claimed>, caf::reacts_to<delivery_ended>,
  // There may be something to send.
  caf::reacts_to<jobs_available>, caf::reacts_to<deliveries_waiting>>;

struct brokers_settings {
  /// Who has the messages of the outbox, as for `job_claimer_settings`.
  std::string worker = "local";
  /// How receivers are called at brokers.
  std::string consumer = "nova";
  std::shared_ptr<const base::secrets> secrets;
  /// Of one claim of the outbox, and of one write that ends deliveries.
  int32_t batch = 100;
  /// A message that was sent to a broker and not taken out of the outbox for so long is sent again.
  std::chrono::milliseconds outbox_lease{60'000};
  /// Looks for transports and in outboxes even when no wakeup came.
  std::chrono::milliseconds poll{5'000};
  /// Between two looks at how brokers are.
  std::chrono::milliseconds look{15'000};
  /// A message that was delivered more often without an end is given up: it ends its processes.
  int32_t deliveries_max = 5;
  /// While a broker cannot be used.
  base::backoff trouble{std::chrono::milliseconds{500}, std::chrono::milliseconds{10'000}};
  /// A drain that takes longer leaves deliveries to the end of their leases.
  std::chrono::milliseconds drain_limit{5'000};
  base::gauge outbox_age = {}; // seconds
};

/// Sends what waits in the outbox of each transport to its broker, and ends what brokers deliver:
///
///   outbox ── claim, publish, complete                   a crash in between sends twice, with one
///   id broker ── receive ─▶ in hand ─▶ a job ─▶ ended ─┬─ done: acknowledged
///                                                   ├─ snooze: put back
///                                                   └─ failed: judged in the database, then
///                                                      acknowledged, or put back with a delay
///
/// Nothing is acknowledged before its end is written. A broker that is away is tried again with
/// pauses; meanwhile the outbox keeps what is to be sent.
struct brokers_state : observed {
  static inline const char* name = "brokers";

  explicit brokers_state(brokers_actor::pointer self) : observed(self), self(self) {}

  void start();
  caf::result<deliveries_claimed> claim(const claim_deliveries& request);
  void ended(delivery_ended&& news);
  void hear(const jobs_available& news);
  void hear(const deliveries_waiting& news);
  void drain();
  /// True when it was a connection of ours.
  bool child_exited(const caf::actor_addr& child);
  void asker_gone(const caf::actor_addr& asker);

  brokers_actor::pointer self;
  database_actor database;
  std::shared_ptr<actor_directory> directory; // may be null
  brokers_settings settings;

private:
  struct held_delivery {
    std::string payload, id;
    int32_t deliveries = 1;
    caf::actor_addr asker;
    bool ended = false;
  };

  struct ended_delivery {
    std::string receipt;
    job_outcome outcome;
  };

  /// A transport of a broker, with what is under way.
  struct broker {
    explicit broker(caf::local_actor* self) : next_relay(self), next_end(self), next_hold(self) {}

    pg::broker_row row;
    std::optional<transports::broker_settings> how;
    broker_connection_actor sender, receiver; // made when they are needed
    bool relaying = false, relay_again = false;
    uint32_t failures = 0;                                  // of sending, in a row
    std::unordered_map<std::string, held_delivery> in_hand; // by receipt
    std::vector<ended_delivery> ended;
    settle_deliveries settling; // judged, and not yet told to the broker
    bool ending = false;
    bool closing = false; // its receiver was told to end
    jobs_wakeup_actor listener;
    broker_trouble trouble;
    std::optional<int64_t> depth;
    timer next_relay, next_end, next_hold;
  };

  void look_for_transports();
  void use(std::vector<pg::broker_row>&& rows);
  void forget_connections(broker& of);
  broker_connection_actor& sender_of(broker& of);
  broker_connection_actor& receiver_of(broker& of);
  broker* find(const std::string& transport);
  void heard(broker& of, const broker_trouble& trouble);
  void note(broker& of);
  void look_at_brokers();

  void relay(broker& of);
  void send(const std::string& transport, std::vector<pg::outbox_message>&& some);
  void sent(const std::string& transport, const std::vector<pg::outbox_message>& some,
            const messages_published& answer);
  void relayed(const std::string& transport, bool more);
  void hold_back(broker& of, const std::vector<pg::outbox_message>& some,
                 const broker_trouble& trouble);

  std::vector<claimed_job> take(broker& of, messages_received&& from, const caf::actor_addr& asker);
  void end(broker& of, const std::string& receipt, job_outcome&& outcome);
  void write(broker& of);
  void judge(const std::string& transport, pg::messenger_end_delivered&& query,
             std::vector<std::string>&& receipts);
  void settle(broker& of);
  void settled(broker& of, const broker_trouble& trouble);
  void hold(broker& of);
  void end_if_drained();

  std::map<std::string, std::unique_ptr<broker>> brokers_; // by the transport's name
  std::unordered_set<caf::actor_addr> children_, askers_;
  std::mt19937_64 random_{base::random_seed()};
  bool looking_ = false;
  bool draining_ = false;
  size_t closing_ = 0; // receivers that were told to end
  timer next_poll_{self};
  timer next_look_{self};
  timer drain_ends_{self};
};

/// See `brokers_state`. Drains when it is told to shut down.
brokers_actor::behavior_type brokers(observed_pointer<brokers_actor, brokers_state> self,
                                     directory_slot slot, database_actor database,
                                     std::shared_ptr<actor_directory> directory,
                                     brokers_settings settings);

} // namespace nova::jobs

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::claim_deliveries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::deliveries_claimed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::delivery_ended)
