#pragma once

#include "app/node.hpp"
#include "simulator/simulator.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/invariants.hpp"

#include <memory>
#include <string>

namespace nova::test {

/// A mailbox of that many threads, newest today, for a simulator.
simulator::options a_mailbox(uint64_t threads, uint32_t messages_per_thread = 0);

/// A database of its own, a simulator and what is needed to run nodes over them.
struct node_fixture : database_fixture {
  explicit node_fixture(const simulator::options& provider_options = a_mailbox(10));

  /// Settings that are quick: short polls, so that a lost wakeup does not cost a test seconds.
  [[nodiscard]] app::node_settings settings() const;

  /// Connects the simulator's first mailbox.
  std::string add_inbox();

  /// Starts a backfill of a whole year; returns its configuration.
  std::string start_backfill(const std::string& inbox);
  std::string backfill_status(const std::string& config);

  std::string grant() const {
    return provider.grant_ids().front();
  }

  simulator::simulator provider;
};

} // namespace nova::test
