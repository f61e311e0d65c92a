#include "actors/certifier.hpp"

#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "pg/email/claim_certifications.hpp"
#include "pg/email/fail_certification.hpp"
#include "pg/email/plan_certifications.hpp"

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>

#include <utility>

namespace nova {
namespace {

constexpr base::log certifier_log{"Certifier"};

} // namespace

void certifier_state::open() {
  if (!settings.enabled) {
    doing("nothing: NOVA_CERTIFY is off");
    return;
  }
  plan();
  look();
}

void certifier_state::plan() {
  next_plan_.after(settings.plan, [this] { plan(); });
  constexpr auto what = "plan certificates";
  ask(self, needs.listing.database, pg::plan_certifications{})
    .then([this](uint32_t) { could(certifier_log, what); },
          [this](const caf::error& reason) { could_not(certifier_log, what, describe(reason)); });
}

void certifier_state::look() {
  next_look_.after(settings.look, [this] { look(); });
  auto away = settings.live && settings.live->provider_away.load(std::memory_order_relaxed);
  if (claiming_ || running_.size() >= settings.comparisons_max || away)
    return;
  claiming_ = true;
  pg::claim_certifications wish{settings.comparisons_max - static_cast<uint32_t>(running_.size()),
                                settings.comparison.by};
  for (const auto& [child, running] : running_)
    wish.in_hand.push_back(running.what.inbox);
  constexpr auto what = "look for certificates that are due";
  ask(self, needs.listing.database, std::move(wish))
    .then(
      [this](std::vector<certification>& claimed) {
        could(certifier_log, what);
        claiming_ = false;
        for (auto& due : claimed)
          begin(std::move(due));
      },
      [this](const caf::error& reason) {
        claiming_ = false;
        could_not(certifier_log, what, describe(reason));
      });
}

void certifier_state::begin(certification&& due) {
  auto entry = open_child(needs.directory, mailbox_comparison_state::name, due.inbox.value);
  auto child =
    self->spawn<caf::linked>(mailbox_comparison, entry, due, needs.listing, settings.comparison);
  running_.emplace(caf::actor_cast<caf::actor_addr>(child),
                   running_comparison{std::move(due), std::move(entry)});
  slot.holds(running_.size());
}

bool certifier_state::comparison_exited(const caf::actor_addr& child, const caf::error& reason) {
  auto found = running_.extract(child);
  if (!found)
    return false;
  slot.holds(running_.size());
  const auto& [what, entry] = found.mapped();
  if (!reason || reason == ec::stale_claim)
    return true;
  if (reason == ec::crashed)
    record_child(needs.directory, entry, reason);
  if (!blameless(reason))
    certifier_log.warn("a comparison failed", {{"inbox", what.inbox},
                                               {"scope", what.scope},
                                               {"reason", describe(reason)}});
  ask(self, needs.listing.database,
      pg::fail_certification{what, describe(reason), blameless(reason)})
    .then([] {}, [](const caf::error&) {}); // then it is due when its claim is over
  return true;
}

certifier_actor::behavior_type certifier(observed_pointer<certifier_actor, certifier_state> self,
                                         directory_slot slot, certifier_needs needs,
                                         certifier_settings settings) {
  self->state.slot = std::move(slot);
  self->state.needs = std::move(needs);
  self->state.settings = std::move(settings);
  // A link tells of a comparison's end, normal or not, and ends comparisons with their certifier.
  self->set_exit_handler([self](caf::exit_msg& exit) {
    if (!self->state.comparison_exited(exit.source, exit.reason) && exit.reason)
      self->quit(exit.reason);
  });
  self->state.open();
  return untold();
}

} // namespace nova
