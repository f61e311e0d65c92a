#pragma once

#include "messages/backfill.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>

namespace nova::test {

/// A database of which a test says what the few requests that matter to it answer; the others
/// answer empty.
struct backfill_database {
  std::function<caf::result<threads_claimed>(const claim_threads&)> on_claim =
    [](const claim_threads&) { return threads_claimed{}; };
  std::function<caf::result<threads_ended>(const end_threads&)> on_end = [](const end_threads&) {
    return threads_ended{};
  };
  std::function<caf::result<threads_released>()> on_release = [] { return threads_released{}; };
  std::function<caf::result<progress_refreshed>()> on_refresh = [] { return progress_refreshed{}; };
  std::function<caf::result<backfill_completed>()> on_complete = [] {
    return backfill_completed{};
  };

  /// The object must outlive the actor.
  backfill_database_actor spawn(caf::actor_system& system) {
    return system.spawn([this]() -> backfill_database_actor::behavior_type {
      return {
        [this](const claim_threads& request) { return on_claim(request); },
        [this](const end_threads& request) { return on_end(request); },
        [](const accept_thread_job&) { return done{}; },
        [this](const release_threads&) { return on_release(); },
        [](const find_backfills&) { return backfills_found{}; },
        [](const open_backfill&) { return backfill_opened{}; },
        [](const record_page&) { return page_recorded{}; },
        [](const restart_window&) { return done{}; },
        [](const fail_backfill&) { return backfill_failed{}; },
        [this](const refresh_progress&) { return on_refresh(); },
        [this](const complete_backfill&) { return on_complete(); },
        [](const recover_backfills&) { return backfills_recovered{}; },
      };
    });
  }
};

} // namespace nova::test
