#pragma once

#include "actors/backfill_parts.hpp"
#include "actors/node_agent.hpp"

#include <functional>
#include <string>

namespace nova {

/// What a `spawn_child_here` for a backfill or a window with that fencing token carries: JSON.
[[nodiscard]] std::string token_arguments(int64_t token);

/// Runs backfills here for nodes that hold their leases. Each ends with the `backfills` of this
/// node, which `keeper` finds (any thread; null: none runs here now): so a node that drains gives
/// them up. Refuses by throwing: no keeper, a key that is no configuration, no token.
[[nodiscard]] hosted_factory host_backfills(backfill_needs needs, backfill_settings settings,
                                            std::function<caf::strong_actor_ptr()> keeper);

/// The same for the windows of a backfill that runs on another node; their keys are CONFIG/WINDOW.
[[nodiscard]] hosted_factory host_windows(backfill_needs needs, backfill_settings settings,
                                          std::function<caf::strong_actor_ptr()> keeper);

} // namespace nova
