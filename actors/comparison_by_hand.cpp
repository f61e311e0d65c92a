#include "actors/comparison_by_hand.hpp"

#include "pg/cluster/list_nodes.hpp"
#include "pg/email/claim_refetches_of.hpp"
#include "pg/email/comparison_size.hpp"
#include "pg/email/end_comparison.hpp"
#include "pg/email/living_messages.hpp"
#include "pg/email/refetch_not_found.hpp"

#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace nova {
namespace {

uint64_t count_extra(const std::vector<pg::comparison_finding>& found) {
  auto extra =
    std::find_if(found.begin(), found.end(), [](const auto& one) { return one.what == "extra"; });
  return extra == found.end() ? 0 : extra->total;
}

/// The first of each kind.
std::vector<pg::comparison_finding> first_of_each(const std::vector<pg::comparison_finding>& found,
                                                  uint64_t max) {
  std::map<std::string, uint64_t> kept;
  std::vector<pg::comparison_finding> first;
  std::copy_if(found.begin(), found.end(), std::back_inserter(first),
               [&](const auto& one) { return kept[one.what]++ < max; });
  return first;
}

} // namespace

void comparison_by_hand_state::began() {
  wish.outcome->comparison = what.comparison;
  list();
}

void comparison_by_hand_state::at_end() {
  ask(self, needs.database, pg::list_nodes{0})
    .then(
      [this](const std::vector<pg::node_row>& nodes) {
        somebody_writes =
          std::any_of(nodes.begin(), nodes.end(), [](const auto& node) { return node.alive; });
        mailbox_comparison_state::at_end();
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

void comparison_by_hand_state::waits(const std::string& sentence) {
  doing(sentence);
  if (wish.waiting && told_ != sentence)
    wish.waiting(sentence);
  told_ = sentence;
}

/// What was asked for by its id changed what was found; of what is to be decided all ids are
/// needed.
void comparison_by_hand_state::judge() {
  if (gets() == 0) {
    end();
    return;
  }
  auto wanted = own.mends ? std::max(count_extra(found), by_hand.findings_max) //
                          : by_hand.findings_max;
  ask(self, needs.database, pg::comparison_findings{what.comparison, wanted})
    .then(
      [this](std::vector<pg::comparison_finding>& now) {
        found = std::move(now);
        end();
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

void comparison_by_hand_state::end() {
  auto failed_to = [this](const caf::error& reason) { self->quit(reason); };
  if (own.mends)
    for (const auto& one : found)
      if (one.what == "extra")
        open_.insert(message_id{one.id});
  wish.outcome->found = first_of_each(found, by_hand.findings_max);
  ask(self, needs.database, pg::comparison_size{what.comparison})
    .then(
      [this, failed_to](const pg::compared_mail& size) {
        wish.outcome->messages = size.messages;
        wish.outcome->threads = size.threads;
        ask(self, needs.database, pg::end_comparison{what.comparison, calls_made()})
          .then([this](bool equal) { judged(equal); }, failed_to);
      },
      failed_to);
}

void comparison_by_hand_state::done() {
  resolve_until_ = self->clock().now() + by_hand.resolve_limit;
  resolve();
}

/// The rule of the sweeps: absence from a list makes a candidate, two 404s decide.
void comparison_by_hand_state::resolve() {
  if (open_.empty() || self->clock().now() >= resolve_until_) {
    finish();
    return;
  }
  ask(self, needs.database, pg::claim_refetches_of{what.inbox, {open_.begin(), open_.end()}})
    .then(
      [this](std::vector<refetch>& due) {
        due_ = std::move(due);
        ask_for_next();
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

void comparison_by_hand_state::ask_for_next() {
  if (due_.empty()) {
    leave_out_decided();
    return;
  }
  auto which = std::move(due_.back());
  due_.pop_back();
  get(which.message.value,
      [this, which](asked_message&& answer) { answered(which, std::move(answer)); });
}

void comparison_by_hand_state::answered(const refetch& which, asked_message&& answer) {
  if (answer.gone) {
    ask(self, needs.database, pg::refetch_not_found{which, true})
      .then([this](bool) { ask_for_next(); },
            [this](const caf::error& reason) { self->quit(reason); });
    return;
  }
  if (!answer.message) {
    ask_for_next(); // another look takes it, when its claim is over
    return;
  }
  store_messages request;
  request.inbox = what.inbox;
  request.origin = mail_origin::reconcile;
  request.lo = answer.lo;
  request.hi = answer.hi;
  request.messages.push_back(std::move(*answer.message));
  leave_out(request.messages);
  timed_request(self, needs.store, store_timeout, std::move(request))
    .then(
      [this, id = which.message](const messages_stored&) {
        open_.erase(id);
        ask_for_next();
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

/// Here, or by a node that runs.
void comparison_by_hand_state::leave_out_decided() {
  ask(self, needs.database, pg::living_messages{what.inbox, {open_.begin(), open_.end()}})
    .then(
      [this](const std::vector<message_id>& alive) {
        const std::set<message_id> left(alive.begin(), alive.end());
        wish.outcome->deleted += open_.size() - left.size();
        open_ = left;
        if (open_.empty()) {
          finish();
          return;
        }
        waits(std::to_string(open_.size())
              + " messages are in the database alone; the provider is asked again in a minute");
        next_step.after(by_hand.resolve_look, [this] { resolve(); });
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

void comparison_by_hand_state::finish() {
  wish.outcome->mended = mended;
  wish.outcome->undecided = open_.size();
  wish.outcome->calls = calls_made();
  self->quit();
}

mailbox_comparison_actor::behavior_type
comparison_by_hand(observed_pointer<mailbox_comparison_actor, comparison_by_hand_state> self,
                   directory_slot slot, comparison_wish wish, listing_needs needs,
                   comparison_by_hand_settings settings) {
  auto& state = self->state;
  state.slot = std::move(slot);
  // What is mended by hand is mended at once: whoever asked waits for it.
  settings.comparison.kept_max = 0;
  auto comparison = settings.comparison;
  state.by_hand = std::move(settings);
  auto what = wish.what;
  state.wish = std::move(wish);
  state.start(std::move(what), std::move(needs), std::move(comparison));
  return untold();
}

} // namespace nova
