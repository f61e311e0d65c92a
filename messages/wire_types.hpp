#pragma once

namespace caf {
class actor_system_config;
}

namespace nova {

/// Makes every type of `messages/type_ids.hpp` known to an actor system, so that it may leave the
/// process. Before the system is made. In one place, because it needs all protocols whole.
void register_wire_types(caf::actor_system_config& config);

} // namespace nova
