#include "messages/wire_types.hpp"

#include "messages/failure.hpp"
#include "messages/grants.hpp"
#include "messages/http_client.hpp"
#include "messages/leases.hpp"
#include "messages/links.hpp"
#include "messages/mail_store.hpp"
#include "messages/maintenance.hpp"
#include "messages/node_agent.hpp"
#include "messages/notification_store.hpp"
#include "messages/parked.hpp"
#include "messages/queue.hpp"
#include "messages/remote_child.hpp"
#include "messages/supervisor.hpp"
#include "messages/work.hpp"

#include <caf/actor_system_config.hpp>

namespace nova {

void register_wire_types(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::nova>();
}

} // namespace nova
