#include "messages/wire.hpp"

#include <caf/actor_system_config.hpp>

namespace nova {

std::string to_string(call_lane lane) {
  switch (lane) {
    case call_lane::live: return "live";
    case call_lane::backfill: return "backfill";
    case call_lane::background: return "background";
  }
  return "unknown";
}

std::string to_string(call_outcome outcome) {
  switch (outcome) {
    case call_outcome::succeeded: return "succeeded";
    case call_outcome::throttled: return "throttled";
    case call_outcome::auth_failed: return "auth_failed";
    case call_outcome::failed: return "failed";
  }
  return "unknown";
}

void register_wire_types(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::nova>();
}

} // namespace nova
