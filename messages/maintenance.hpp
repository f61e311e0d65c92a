#pragma once

#include "messages/timer.hpp"
#include "messages/type_ids.hpp"

#include <cstdint>
#include <string>

namespace nova {

/// Upkeep of the database that nobody waits for.
enum class maintenance_task : uint8_t {
  fill_search,      // makes messages that changed searchable
  prune,            // forgets old failures and ended nodes
  reread,           // reads again what an older version of the program could not
  messenger_rescue, // gives back messages whose worker ended without a word
  messenger_prune,  // moves expired messages, forgets what is kept no longer
  close_lost_syncs, // ends runs of syncs whose worker ended without a word
};
std::string to_string(maintenance_task);

/// Runs every task on its interval. Two of them, on two nodes, share the work.
using maintenance_actor = untold_actor;

} // namespace nova
