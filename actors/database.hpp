#pragma once

#include "actors/actor_metrics.hpp"
#include "actors/database_trouble.hpp"
#include "actors/database_worker.hpp"
#include "actors/effects_gate.hpp"
#include "actors/observed_actor.hpp"
#include "actors/promised_answer.hpp"
#include "messages/error_code.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <random>

namespace nova {

struct database_limits {
  /// Jobs that wait for a connection or for another try; beyond it askers get ec::overloaded.
  size_t waiting_max = 50'000;
  /// How long a job is tried again while there is no connection. Shorter than what askers wait.
  std::chrono::milliseconds timeout{6'000};
  /// While it is shut nothing is run: jobs wait as for a lost connection. Null: always open.
  std::shared_ptr<const effects_gate> gate = {};
  pool_metrics metrics = {};
  /// Of the jitter; 0 takes a random one.
  uint64_t seed = 0;
};

/// Gives each query to an idle worker, in order of arrival.
struct database_state : observed {
  static inline const char* name = "database";

  explicit database_state(database_actor::pointer self) : observed(self), self(self) {}

  /// A request on its way: what to run, and who is told.
  struct pending {
    query_job job;
    std::function<void(query_done&)> succeeded;
    std::function<void(const caf::error&)> failed;
    std::chrono::steady_clock::time_point give_up{};
    std::chrono::steady_clock::time_point waits_since{};
    uint32_t tries = 0;
  };

  /// Runs a query on a connection and answers with what it returns.
  caf::result<query_done> run(query_job&& job);

  void accept(pending&& request);
  void retry(uint64_t id);

  database_actor::pointer self;
  database_limits limits;
  std::vector<database_actor> workers;
  std::vector<database_actor> idle;
  std::deque<pending> waiting;
  std::map<uint64_t, pending> parked; // until they are tried again
  uint64_t parked_count = 0;
  std::mt19937_64 random;

private:
  void start_next();
  void count_waiting() const;
  void start(const database_actor& worker, pending&& request);
  void ended(const caf::error& reason, pending&& request);

  database_trouble trouble_{*this};
};

/// The pool; see `database_actor`. Event-based: only its workers block. It is linked to them, so
/// that it ends when one of them has a bug and both are started again.
database_actor::behavior_type database(observed_pointer<database_actor, database_state> self,
                                       directory_slot slot, std::vector<database_actor> workers,
                                       database_limits limits);

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<nova::database_actor>)
