#include "messages/timed_request.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/local_actor.hpp>

namespace nova::detail {
namespace {

const char* kind_of(caf::actor_control_block* whom) {
  if (whom->node() != whom->home_system->node())
    return "another node";
  const auto* local = dynamic_cast<caf::local_actor*>(whom->get());
  return local ? local->name() : "";
}

} // namespace

void note_request(caf::scheduled_actor* self, caf::message_id id, caf::actor_control_block* whom,
                  const std::type_info& what) {
  if (auto* account = dynamic_cast<answer_account*>(self); account && whom)
    account->asked(id, kind_of(whom), what);
}

void note_answer(caf::scheduled_actor* self, caf::message_id id) {
  if (auto* account = dynamic_cast<answer_account*>(self))
    account->answered(id);
}

} // namespace nova::detail
