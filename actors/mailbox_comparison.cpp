#include "actors/mailbox_comparison.hpp"

#include "actors/listing_rules.hpp"
#include "base/log.hpp"
#include "base/seed.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "pg/email/begin_comparison.hpp"
#include "pg/email/comparison_findings.hpp"
#include "pg/email/comparison_settled.hpp"
#include "pg/email/distrust_messages.hpp"
#include "pg/email/drop_comparison.hpp"
#include "pg/email/end_certification.hpp"
#include "pg/email/end_own_pages.hpp"
#include "pg/email/keep_certification.hpp"
#include "pg/email/message_columns.hpp"
#include "pg/email/note_not_listed.hpp"
#include "pg/email/note_unreadable.hpp"
#include "pg/email/open_comparison.hpp"

#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <utility>

namespace nova {
namespace {

constexpr base::log mailbox_comparison_log{"Certifier"};

// Of each kind: more than can be mended or asked for in one go.
constexpr uint64_t findings_max = 1'000;

size_t bytes_of(const email_message& message) {
  return message.body.size() + message.subject.size() + message.snippet.size() + 512;
}

pg::distrust_messages distrust(const inbox_id& inbox,
                               const std::vector<pg::message_difference>& differing) {
  pg::distrust_messages found{inbox, {}};
  for (const auto& one : differing)
    found.ids.push_back(one.id);
  return found;
}

int64_t now_us(const base::clock& wall) {
  return wall().time_since_epoch().count();
}

} // namespace

std::vector<pg::message_difference> compare_page::run(pg::connection& conn) const {
  if (!rejected.empty())
    pg::note_unreadable{comparison, rejected, hi}.run(conn);
  const auto seen_by = to_string(mail_origin::reconcile);
  pg::message_columns columns;
  for (const auto& message : *messages)
    columns.add(inbox.value, message, seen_by, lo, hi);
  auto differing =
    pg::compare_messages{inbox, std::move(columns), comparison, hi, days, mend}.run(conn);
  if (mend)
    distrust(inbox, differing).run(conn);
  return differing;
}

void mailbox_comparison_state::open() {
  if (what.comparison != 0 && !what.own_pages) {
    list();
    return;
  }
  doing("beginning");
  auto failed_to = [this](const caf::error& reason) { self->quit(reason); };
  pg::begin_comparison begin{what.inbox, what.days, own.by,
                             cached_since(what.provider, base::seconds_of(settings.wall()))};
  ask(self, needs.database, std::move(begin))
    .then(
      [this, failed_to](int64_t number) {
        what.comparison = number;
        ask(self, needs.database, pg::open_comparison{number}).then([this] { began(); }, failed_to);
      },
      failed_to);
}

/// Its number stands in the row before the first page, so that it is ended by whoever goes on.
void mailbox_comparison_state::began() {
  ask(self, needs.database, pg::keep_certification{what})
    .then(
      [this](bool mine) {
        if (!mine)
          self->quit(ec::stale_claim);
        else if (what.own_pages)
          at_end();
        else
          list();
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

void mailbox_comparison_state::begin_again() {
  kept_.clear();
  kept_bytes_ = 0;
  what.cursor.clear();
  ask(self, needs.database, pg::drop_comparison{std::exchange(what.comparison, 0)})
    .then([this] { open(); }, [this](const caf::error& reason) { self->quit(reason); });
}

void mailbox_comparison_state::take(listed_page&& page) {
  auto shown = std::make_shared<std::vector<email_message>>(std::move(page.read.messages));
  compare(shown, std::move(page.read.rejected), page.started_at, page.answered_at,
          [this, share = page.share] { taken(); });
}

void mailbox_comparison_state::compare(shown_page shown, std::vector<email_reject>&& rejected,
                                       int64_t lo, int64_t hi, std::function<void()> then) {
  bool mend = kept_.size() >= own.kept_max || kept_bytes_ >= own.kept_bytes_max;
  compare_page page{what.inbox, what.comparison, what.days, shown, rejected, lo, hi, mend};
  ask(self, needs.database, std::move(page))
    .then(
      [this, shown, lo, hi, mend, then, rejected = std::move(rejected)](
        const std::vector<pg::message_difference>& differing) mutable {
        keep_or_mend(differing, shown, lo, hi, mend, std::move(rejected), std::move(then));
      },
      [this](const caf::error& reason) { not_compared(reason); });
}

void mailbox_comparison_state::not_compared(const caf::error& reason) {
  if (listed_)
    self->quit(reason);
  else
    failed(reason);
}

/// What differs may be on its way: it is kept until that is known, unless there is too much.
void mailbox_comparison_state::keep_or_mend(const std::vector<pg::message_difference>& differing,
                                            const shown_page& shown, int64_t lo, int64_t hi,
                                            bool mend, std::vector<email_reject>&& rejected,
                                            std::function<void()> then) {
  std::set<std::string_view> ids;
  for (const auto& one : differing)
    ids.insert(one.id.value);
  store_messages request;
  request.inbox = what.inbox;
  request.origin = mail_origin::reconcile;
  request.lo = lo;
  request.hi = hi;
  request.rejects = std::move(rejected);
  for (auto& message : *shown) {
    if (!ids.contains(message.id.value))
      continue;
    if (mend) {
      request.messages.push_back(std::move(message));
    } else {
      kept_bytes_ += bytes_of(message);
      auto id = message.id.value;
      kept_.insert_or_assign(std::move(id), kept_message{std::move(message), lo, hi});
    }
  }
  if (request.messages.empty() && request.rejects.empty()) {
    then();
    return;
  }
  timed_request(self, needs.store, store_timeout, std::move(request))
    .then([then = std::move(then)](const messages_stored&) { then(); },
          [this](const caf::error& reason) { not_compared(reason); });
}

void mailbox_comparison_state::keep() {
  auto kept_so_far = what;
  kept_so_far.cursor = scope.cursor;
  ask(self, needs.database, pg::keep_certification{std::move(kept_so_far)})
    .then([this](bool mine) { kept(mine); },
          [this](const caf::error& reason) { not_kept(reason); });
}

void mailbox_comparison_state::at_end() {
  listed_ = true;
  deadline_ = self->clock().now() + own.flight_limit;
  settle();
}

/// A transaction that is open since before the days were made quiet may write unseen: it is waited
/// for, as long as for what is in flight.
void mailbox_comparison_state::settle() {
  doing("waiting for who writes");
  ask(self, needs.database, pg::comparison_settled{what.comparison})
    .then(
      [this](bool settled) {
        if (!settled && self->clock().now() < deadline_)
          next_step_.after(own.settle_look, [this] { settle(); });
        else if (what.own_pages)
          judge_own_pages();
        else
          look_at_findings();
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

void mailbox_comparison_state::judge_own_pages() {
  doing("judging");
  ask(self, needs.database, pg::end_own_pages{what})
    .then(
      [this](std::optional<int64_t> days) {
        if (days)
          mailbox_comparison_log.info("days were certified from the pages of a backfill",
                                      {{"inbox", what.inbox}, {"days", *days}});
        self->quit();
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

void mailbox_comparison_state::look_at_findings() {
  doing("judging");
  ask(self, needs.database, pg::comparison_findings{what.comparison, findings_max})
    .then(
      [this](const std::vector<pg::comparison_finding>& found) {
        to_mend_.clear();
        unlisted_.clear();
        for (const auto& one : found) {
          if (one.what == "extra" && unlisted_.size() < own.unlisted_max)
            unlisted_.push_back(one.id);
          else if ((one.what == "missing" || one.what == "differing") && kept_.contains(one.id))
            to_mend_.insert(one.id);
        }
        if (to_mend_.empty() || std::exchange(waited_, true)) {
          ask_for_unlisted();
          return;
        }
        doing("waiting for notifications on their way");
        next_step_.after(own.flight_limit, [this] { look_at_findings(); });
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

/// A list whose cursor counts leaves one out when something before it goes away meanwhile.
void mailbox_comparison_state::ask_for_unlisted() {
  if (unlisted_.empty()) {
    judge();
    return;
  }
  doing("asking for what was not listed");
  auto id = std::move(unlisted_.back());
  unlisted_.pop_back();
  if (asked_at_ == 0)
    asked_at_ = now_us(settings.wall);
  call_grant call;
  call.grant = what.grant;
  call.lane = scope.lane;
  call.call = nylas::get_message(what.grant.value, id, what.provider);
  ++gets_;
  timed_request(self, needs.grants, listing_call_timeout, std::move(call))
    .then([this, id](api_answered& answer) { unlisted_answered(id, std::move(answer)); },
          [this](const caf::error& reason) { self->quit(reason); });
}

void mailbox_comparison_state::unlisted_answered(const std::string& id, api_answered&& answer) {
  nylas::parsed<email_message> message = tl::unexpected(base::bad_input{"answer", ""});
  if (answer.verdict == nylas::verdict::ok)
    message = nylas::parse_message(std::move(answer.body));
  // A draft is not there either, as a message.
  if (answer.verdict == nylas::verdict::gone || (message && message->object != "message"))
    not_found_.push_back(id);
  if (!message || message->object != "message") {
    // What cannot be had now is judged as the list has it.
    ask_for_unlisted();
    return;
  }
  auto shown = std::make_shared<std::vector<email_message>>();
  shown->push_back(std::move(*message));
  leave_out(*shown);
  compare(shown, {}, answer.started_at, answer.answered_at, [this] { ask_for_unlisted(); });
}

void mailbox_comparison_state::judge() {
  if (!not_found_.empty()) {
    pg::note_not_listed note{what.inbox, std::exchange(not_found_, {}), asked_at_,
                             now_us(settings.wall)};
    ask(self, needs.database, std::move(note))
      .then([this](uint32_t) { judge(); },
            [this](const caf::error& reason) { self->quit(reason); });
    return;
  }
  ask(self, needs.database, pg::end_certification{what, calls() + gets_})
    .then([this](std::optional<bool> equal) { judged(equal); },
          [this](const caf::error& reason) { self->quit(reason); });
}

void mailbox_comparison_state::judged(std::optional<bool> equal) {
  if (!equal) {
    self->quit(ec::stale_claim);
    return;
  }
  if (!*equal)
    mailbox_comparison_log.warn(
      "mail was not as the provider lists it",
      {{"inbox", what.inbox}, {"scope", what.scope}, {"to_be_mended", to_mend_.size()}});
  if (*equal || to_mend_.empty()) {
    self->quit();
    return;
  }
  pg::distrust_messages differing{what.inbox, {}};
  for (const auto& id : to_mend_)
    differing.ids.push_back(message_id{id});
  ask(self, needs.database, std::move(differing))
    .then([this] { mend(); }, [this](const caf::error& reason) { self->quit(reason); });
}

/// Page by page, each as of when it was read: what is known of a later instant stays.
void mailbox_comparison_state::mend() {
  doing("mending");
  store_messages request;
  for (const auto& id : to_mend_) {
    auto& differing = kept_.at(id);
    if (request.messages.empty()) {
      request.lo = differing.lo;
      request.hi = differing.hi;
    } else if (request.lo != differing.lo || request.hi != differing.hi) {
      continue;
    }
    request.messages.push_back(std::move(differing.message));
  }
  if (request.messages.empty()) {
    self->quit();
    return;
  }
  std::erase_if(to_mend_, [&](const std::string& id) {
    const auto& differing = kept_.at(id);
    return differing.lo == request.lo && differing.hi == request.hi;
  });
  request.inbox = what.inbox;
  request.origin = mail_origin::reconcile;
  timed_request(self, needs.store, store_timeout, std::move(request))
    .then([this](const messages_stored&) { mend(); },
          [this](const caf::error& reason) { self->quit(reason); });
}

mailbox_comparison_actor::behavior_type
mailbox_comparison(observed_pointer<mailbox_comparison_actor, mailbox_comparison_state> self,
                   directory_slot slot, certification what, listing_needs needs,
                   mailbox_comparison_settings settings) {
  auto& state = self->state;
  state.slot = std::move(slot);
  // Nylas does not say whether its bounds belong to the window: one second more on each side, and
  // the dates decide.
  state.scope = {what.inbox,  what.grant,   what.days.from, what.days.to, call_lane::background,
                 what.cursor, what.provider};
  if (state.scope.from)
    --*state.scope.from;
  if (state.scope.to)
    ++*state.scope.to;
  state.what = std::move(what);
  state.needs = std::move(needs);
  state.random = base::random_engine(settings.listing.seed);
  state.settings = settings.listing;
  state.own = std::move(settings);
  state.open();
  return untold();
}

} // namespace nova
