#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nova {

/// Upkeep of the database that nobody waits for.
enum class maintenance_task : uint8_t {
  fill_search,      // makes messages that changed searchable
  prune,            // forgets old failures, ended nodes and bytes that no attachment names
  reread,           // reads again what an older version of the program could not
  messenger_rescue, // gives back messages whose worker ended without a word
  messenger_prune,  // moves expired messages, forgets what is kept no longer
  close_lost_syncs, // ends runs of syncs whose worker ended without a word
};
std::string to_string(maintenance_task);
/// The task of such a name; nothing: there is none.
std::optional<maintenance_task> maintenance_task_of(std::string_view name);

/// A part of a task, done now. Answers how many rows it touched; 0: nothing was to do, or another
/// node does it.
struct run_maintenance {
  static constexpr const char* name = "run_maintenance";

  maintenance_task task = maintenance_task::fill_search;
  uint32_t limit = 0; // about so many rows; only `fill_search` has not its own bound

  uint64_t run(pg::connection& conn) const;
};

} // namespace nova
