#include "actors/grants.hpp"

#include "actors/observation.hpp"
#include "messages/error.hpp"
#include "messages/owed_answer.hpp"
#include "messages/timed_request.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>

namespace nova {
namespace {

// A call may have to wait long for its turn; a mailbox of a year is patient.
constexpr std::chrono::seconds permit_timeout{3600};
constexpr std::chrono::seconds beyond_http{15};

call_outcome outcome_of(nylas::verdict verdict) {
  switch (verdict) {
    case nylas::verdict::ok:
    case nylas::verdict::gone:
    case nylas::verdict::stale_cursor:
    case nylas::verdict::bad_item: return call_outcome::succeeded;
    case nylas::verdict::throttle: return call_outcome::throttled;
    case nylas::verdict::auth: return call_outcome::auth_failed;
    case nylas::verdict::transient: return call_outcome::failed;
  }
  return call_outcome::failed;
}

} // namespace

const grant_actor& grants_state::grant_of(const grant_id& id) {
  auto& found = known[id.value];
  if (!found)
    found = self->spawn<caf::linked>(grant, open_child(directory, "grant", id.value), id, database,
                                     http, limits);
  return found;
}

caf::result<api_answered> grants_state::call(call_grant&& request) {
  if (request.grant.value.empty())
    return caf::make_error(ec::provider_refused, "the call names no grant");
  auto answer = owe_answer<api_answered>(self);
  auto pacer = grant_of(request.grant);
  auto asked = self->system().clock().now();
  timed_request(self, pacer, permit_timeout, ask_permit{request.lane, request.units})
    .then(
      [this, pacer, request, answer, asked](permit_granted granted) {
        limits.metrics.permit_seconds.at(static_cast<size_t>(request.lane))
          .observe(self->system().clock().now() - asked);
        perform(pacer, granted.permit, request, answer);
      },
      [answer](const caf::error& reason) { answer.deliver(reason); });
  return answer;
}

void grants_state::perform(const grant_actor& pacer, uint64_t permit, const call_grant& request,
                           promise answer) {
  auto call = request.call;
  timed_request(self, http, std::chrono::milliseconds{call.timeout_ms} + beyond_http, call)
    .then(
      [this, pacer, permit, call, answer](api_answered& answered) mutable {
        report(pacer, permit, call, answered);
        answer.deliver(std::move(answered));
      },
      [this, pacer, permit, answer](const caf::error& reason) mutable {
        call_ended ended;
        ended.permit = permit;
        ended.outcome = call_outcome::failed;
        limits.metrics.unanswered.add();
        self->send(pacer, ended);
        answer.deliver(reason);
      });
}

void grants_state::report(const grant_actor& pacer, uint64_t permit, const call_api& call,
                          const api_answered& answer) {
  nylas::api_request request;
  request.target = call.target;
  nylas::api_response response;
  response.status = answer.status;
  response.retry_after = answer.retry_after;
  response.too_large = answer.too_large;
  // Only a refusal's words matter for its meaning; the body of a success stays where it is.
  if (answer.status >= 400)
    response.body = answer.body;
  else if (answer.status >= 200)
    response.body = "{}";
  call_ended ended;
  ended.permit = permit;
  auto verdict = nylas::classify(request, response);
  limits.metrics.calls.at(static_cast<size_t>(verdict)).add();
  ended.outcome = outcome_of(verdict);
  if (answer.gmail_quota_usage)
    ended.units = static_cast<double>(*answer.gmail_quota_usage);
  else if (answer.provider_requests)
    ended.units = static_cast<double>(*answer.provider_requests);
  ended.took_ms =
    static_cast<uint32_t>(std::max<int64_t>(answer.answered_at - answer.started_at, 0) / 1000);
  limits.metrics.call_seconds.observe(std::chrono::milliseconds{ended.took_ms});
  ended.retry_after_ms =
    static_cast<uint32_t>(retry_after(response, std::chrono::milliseconds{0}).count());
  if (ended.outcome != call_outcome::succeeded)
    ended.reason = describe(response);
  self->send(pacer, std::move(ended));
}

grants_actor::behavior_type grants(observed_pointer<grants_actor, grants_state> self,
                                   base::directory_slot slot, inbox_database_actor database,
                                   http_client_actor http, grant_limits limits,
                                   std::shared_ptr<base::directory> directory) {
  self->state.directory = std::move(directory);
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->state.http = std::move(http);
  self->state.limits = limits;
  return {
    [self](call_grant& request) { return self->state.call(std::move(request)); },
    [self](const pause_grant& request) {
      self->send(self->state.grant_of(request.grant), request);
    },
    [self](const resume_grant& request) {
      self->send(self->state.grant_of(request.grant), request);
    },
  };
}

} // namespace nova
