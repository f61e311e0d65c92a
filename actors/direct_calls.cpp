#include "actors/direct_calls.hpp"

#include "actors/listing_rules.hpp"
#include "actors/promised_answer.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"

#include <caf/stateful_actor.hpp>

#include <utility>

namespace nova {

caf::result<api_answered> direct_calls_state::call(const call_grant& request) {
  auto answer = owe_answer<api_answered>(self);
  timed_request(self, http, listing_call_timeout, request.call)
    .then(
      [answer](api_answered& answered) {
        if (answered.verdict == nylas::verdict::auth)
          answer.deliver(caf::make_error(ec::grant_paused, describe(answered)));
        else
          answer.deliver(std::move(answered));
      },
      [answer](const caf::error& reason) { answer.deliver(reason); });
  return answer;
}

grants_actor::behavior_type direct_calls(observed_pointer<grants_actor, direct_calls_state> self,
                                         directory_slot slot, http_client_actor http) {
  self->state.slot = std::move(slot);
  self->state.http = std::move(http);
  return {
    [self](const call_grant& request) { return self->state.call(request); },
    // What nodes find out about a grant is none of it.
    [](const pause_grant&) {},
    [](const resume_grant&) {},
  };
}

} // namespace nova
