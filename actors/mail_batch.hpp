#pragma once

#include "actors/mail_store.hpp"

#include <vector>

namespace nova {

namespace pg {
class connection;
}

/// Writes many `store_messages` in one transaction. Items that the server refuses are found by
/// halving and refused alone. Answers for each, in order.
struct write_mail {
  static constexpr const char* name = "write_mail";

  std::vector<store_messages> batch;
  decision_counters decisions = {}; // counted once it is committed

  std::vector<messages_stored> run(pg::connection& conn) const;
};

} // namespace nova
