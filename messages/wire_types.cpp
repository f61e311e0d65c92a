#include "messages/wire_types.hpp"

#include "messages/api_calls.hpp"
#include "messages/between_nodes.hpp"
#include "messages/failure.hpp"
#include "messages/grant_calls.hpp"
#include "messages/leases.hpp"
#include "messages/mail_writes.hpp"
#include "messages/notification_writes.hpp"
#include "messages/parked.hpp"
#include "messages/peer_links.hpp"
#include "messages/queue_messages.hpp"
#include "messages/supervised_children.hpp"
#include "messages/work.hpp"

#include <caf/actor_system_config.hpp>

namespace nova {

void register_wire_types(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::nova>();
}

} // namespace nova
