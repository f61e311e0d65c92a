#include "actors/mailbox_sweep.hpp"

#include "actors/rejects.hpp"
#include "base/log.hpp"
#include "base/seed.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "pg/email/finish_sweep.hpp"
#include "pg/email/keep_sweep.hpp"

#include <caf/stateful_actor.hpp>

#include <utility>

namespace nova {
namespace {

constexpr base::log mailbox_sweep_log{"Sweep"};

} // namespace

void mailbox_sweep_state::take(listed_page&& page) {
  tell_rejects(scope.inbox, page.read.rejected);
  store_messages request;
  request.inbox = scope.inbox;
  request.origin = mail_origin::reconcile;
  request.lo = page.started_at;
  request.hi = page.answered_at;
  request.messages = std::move(page.read.messages);
  request.rejects = std::move(page.read.rejected);
  timed_request(self, needs.store, store_timeout, std::move(request))
    .then([this](const messages_stored&) { taken(); },
          [this](const caf::error& reason) { failed(reason); });
}

void mailbox_sweep_state::keep() {
  ask(self, needs.database, pg::keep_sweep{scope.inbox, what.token, scope.cursor})
    .then([this](bool mine) { kept(mine); },
          [this](const caf::error& reason) { not_kept(reason); });
}

void mailbox_sweep_state::at_end() {
  mailbox_sweep_log.debug("swept", {{"inbox", scope.inbox}, {"pages", calls()}});
  ask(self, needs.database, pg::finish_sweep{scope.inbox, what.token})
    .then([this] { self->quit(); }, [this](const caf::error& reason) { self->quit(reason); });
}

mailbox_sweep_actor::behavior_type
mailbox_sweep(observed_pointer<mailbox_sweep_actor, mailbox_sweep_state> self, directory_slot slot,
              sweep what, listing_needs needs, listing_settings settings) {
  auto& state = self->state;
  state.slot = std::move(slot);
  state.scope = {what.inbox,          what.grant,  what.from,    {},
                 call_lane::backfill, what.cursor, what.provider};
  state.what = std::move(what);
  state.needs = std::move(needs);
  state.random = base::random_engine(settings.seed);
  state.settings = std::move(settings);
  state.list();
  return untold();
}

} // namespace nova
