#pragma once

#include "messages/wire.hpp"
#include "shell/row_query.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace nova::inspection {

/// An `inspected_actor` whose texts are somebody else's: of a hundred thousand rows that are looked
/// at, a hundred are kept.
struct actor_facts {
  std::string_view kind, key, parent, doing, last_failure, message;
  int64_t doing_since = 0, started_at = 0, busy_since = 0;
  uint64_t handled = 0, waiting = 0, received = 0;
  uint32_t restarts = 0;
  bool parked = false, suspended = false, counts = false;
  std::string_view budget = {};
  int64_t oldest_at = 0;
  uint32_t awaits = 0;
  int64_t awaits_since = 0;
  std::string_view awaited = {};
};

[[nodiscard]] actor_facts facts_of(const inspected_actor& actor);
[[nodiscard]] inspected_actor keep(const actor_facts& facts);

/// A row of the list of actors: whose it is, and by the clock of its node.
struct seen_actor {
  const actor_facts& actor;
  std::string_view node;
  int64_t now = 0; // microseconds since 1970
};

/// What a row shows. Conditions, orders and the API's JSON all use these.
struct actor_column {
  std::string_view name;
  shell::cell (*value)(const seen_actor& row);
};

/// In the order in which they are shown.
[[nodiscard]] std::span<const actor_column> actor_columns();

/// Null when there is none of that name.
[[nodiscard]] const actor_column* find_actor_column(std::string_view name);

} // namespace nova::inspection
