#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <utility>

namespace nova::test {

/// An actor system where nothing runs and no time passes until the test says so.
struct actor_fixture {
  actor_fixture() : system{config}, self{system} {
    base::configure_log({base::log_level::off, base::log_format::text});
  }

  ~actor_fixture() {
    scheduler().run();
  }

  actor_fixture(const actor_fixture&) = delete;
  actor_fixture& operator=(const actor_fixture&) = delete;

  /// Handles every message that can be handled now.
  void run() {
    scheduler().run();
  }

  /// Moves the clock on and handles what became due. What falls due while that is handled waits for
  /// the next call.
  template <class Duration>
  void advance(Duration by) {
    now += std::chrono::duration_cast<std::chrono::microseconds>(by);
    scheduler().advance_time(by);
    scheduler().run();
  }

  /// Sends a request, runs and gives the answer to `check`, or the error to `failed`.
  template <class Handle, class Request, class Check, class Failed>
  void ask(const Handle& whom, Request request, Check check, Failed failed) {
    auto pending = self->request(whom, caf::infinite, std::move(request));
    run();
    pending.receive(std::move(check), std::move(failed));
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }

  /// The wall clock of the test; `advance` moves it as well.
  base::clock clock() {
    return [this] { return now; };
  }

  /// Types are not registered: that is for messages that leave the process.
  struct configuration : caf::actor_system_config {
    configuration() {
      set("scheduler.policy", caf::atom("testing"));
      set("logger.inline-output", true);
    }
  };

  base::wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  configuration config;
  caf::actor_system system;
  caf::scoped_actor self;
};

} // namespace nova::test
