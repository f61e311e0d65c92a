#pragma once

#include "actors/window_lister.hpp"
#include "tests/unit/actors/backfill_fake.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <string>
#include <vector>

namespace nova::test {

inline std::string a_thread(const std::string& id) {
  return R"({"object":"thread","id":")" + id + R"(","grant_id":"g1","message_ids":[]})";
}

/// One window, listed alone.
struct window_lister_fixture : provider_fixture {
  window_lister_fixture() {
    database.window.grant.value = "g1";
    database.window.inbox.value = "i1";
    database.window.provider = "google";
    database.window.window = {7, 1000, 2000, "", 3};
    settings.strategy = discovery_strategy::threads;
    settings.checkpoint_interval = std::chrono::milliseconds{0};
    told = system.spawn([this]() -> discovery_wakeup_actor::behavior_type {
      return {[this](threads_available) { ++wakeups; }, [](check_completion) {}};
    });
    store = system.spawn([this]() -> mail_store_actor::behavior_type {
      return {
        [this](const store_messages& request) -> caf::result<messages_stored> {
          if (store_away)
            return ec::database_unavailable;
          stored.push_back(request);
          return messages_stored{};
        },
      };
    });
  }

  ~window_lister_fixture() {
    self->send_exit(child, caf::exit_reason::kill);
    self->send_exit(store, caf::exit_reason::kill);
    self->send_exit(handle, caf::exit_reason::kill);
    self->send_exit(told, caf::exit_reason::kill);
    run();
  }

  void start() {
    handle = database.spawn(system);
    child = system.spawn(window_lister, directory_slot{}, window_task{config_id{"c1"}, 7, 3},
                         backfill_needs{handle, grants, told, nullptr, nullptr, store}, settings);
    child->attach_functor([this](const caf::error& reason) {
      gone = true;
      ended_with = describe(reason);
    });
    run();
  }

  /// Passes as much time as the longest pauses between a few tries.
  void wait_long() {
    for (int i = 0; i < 6; ++i)
      advance(std::chrono::seconds{60});
  }

  void by_messages(const std::string& provider = "microsoft") {
    settings.strategy = discovery_strategy::messages;
    database.window.provider = provider;
  }

  bool asks_for(size_t call, const std::string& what) const {
    return calls.at(call).call.target.find(what) != std::string::npos;
  }

  backfill_database_fake database;
  database_actor handle;
  discovery_wakeup_actor told;
  mail_store_actor store;
  std::vector<store_messages> stored;
  bool store_away = false;
  window_lister_actor child;
  backfill_settings settings;
  int wakeups = 0;
  bool gone = false;
  std::string ended_with;
};

} // namespace nova::test
