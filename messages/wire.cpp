#include "messages/wire.hpp"

#include <caf/actor_system_config.hpp>

namespace nova {

void register_wire_types(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::nova>();
}

} // namespace nova
