#pragma once

#include "actors/backfill.hpp"
#include "actors/node_agent.hpp"

#include <functional>
#include <string>

namespace nova {

/// What a `spawn_child_here` for a backfill of that lease token carries: JSON.
[[nodiscard]] std::string backfill_arguments(int64_t token);

/// Runs backfills here for nodes that hold their leases. Each ends with the `backfills` of this
/// node, which `keeper` finds (any thread; null: none runs here now): so a node that drains gives
/// them up. Refuses by throwing: no keeper, a key that is no configuration, no token.
[[nodiscard]] hosted_factory host_backfills(backfill_links links, backfill_settings settings,
                                            std::function<caf::strong_actor_ptr()> keeper);

} // namespace nova
