#pragma once

#include "tests/support/node_fixture.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace nova::test {

/// A node whose certifier looks often, over a mailbox of its own, and what a case says of
/// certificates.
struct certifier_fixture : node_fixture {
  explicit certifier_fixture(const simulator::options& mailbox = a_mailbox(60, 3));

  /// Settings of such a node, with webhooks; `address` is where it listens once it does.
  app::node_settings quick();

  /// A year of the simulator's first mailbox, to the end, and its days certified.
  void backfill();

  /// Makes every day due.
  void make_all_due();

  /// Nothing is due or under way.
  bool no_scope_is_open();

  /// Makes every day due, and waits until nothing is.
  void certify_all(std::chrono::seconds patience = std::chrono::seconds{60});

  /// Backfills of which every day was compared.
  uint64_t certified_backfills();

  /// What the second look at a 404 waits for is over.
  void an_hour_passes();

  /// What a node that is gone had in hand is free.
  void claims_lapse();

  /// States other than `verified` that a day has; empty: none.
  std::string other_states();

  /// Whether a comparison ever named that id as `missing`, `extra` or `differing`.
  bool names(const char* as, const std::string& id);

  uint64_t count(const sql::statement& what);
  std::string text(const sql::statement& what);

  /// The messages of the mailbox, newest first, without drafts.
  std::vector<simulator::message_record> mail();

  simulator::grant_state& owner();

  std::string address;
};

/// For nodes that must not give up.
void no_death(const std::string& reason);

} // namespace nova::test
