#include "actors/mailbox_comparison.hpp"

#include "actors/listing_rules.hpp"
#include "actors/rejects.hpp"
#include "base/log.hpp"
#include "base/seed.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "pg/email/begin_comparison.hpp"
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
#include <array>
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

asked_message read_asked(api_answered&& answer) {
  asked_message read{
    {}, answer.verdict == nylas::verdict::gone, answer.started_at, answer.answered_at};
  if (answer.verdict != nylas::verdict::ok)
    return read;
  auto message = nylas::parse_message(std::move(answer.body));
  // A draft is not there either, as a message.
  if (message && message->object != "message")
    read.gone = true;
  else if (message)
    read.message = std::move(*message);
  return read;
}

/// What may be on its way, and so be no difference a moment later.
bool may_change(const pg::comparison_finding& one) {
  return one.what == "missing" || one.what == "differing" || one.what == "extra";
}

// Most of what is on its way is there a moment later, and each look judges the whole list: when it
// is looked again, in tenths of the flight limit.
constexpr std::array<int, 3> flight_parts{1, 3, 10};

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
  ask(self, needs.database, pg::keep_certification{what, scope.cursor})
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
  bool mend = own.mends && (kept_.size() >= own.kept_max || kept_bytes_ >= own.kept_bytes_max);
  compare_page page{what.inbox, what.comparison, what.days, shown, rejected, lo, hi, mend};
  ask(self, needs.database, std::move(page))
    .then(
      [this, shown, lo, hi, mend, then, rejected = std::move(rejected)](
        const std::vector<pg::message_difference>& differing) mutable {
        if (own.mends)
          keep_or_mend(differing, shown, lo, hi, mend, std::move(rejected), std::move(then));
        else
          then();
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
  tell_rejects(what.inbox, rejected);
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
  store(std::move(request), std::move(then));
}

void mailbox_comparison_state::store(store_messages&& request, std::function<void()> then) {
  auto count = request.messages.size();
  timed_request(self, needs.store, store_timeout, std::move(request))
    .then(
      [this, count, then = std::move(then)](const messages_stored& stored) {
        mended += stored.refused.empty() ? count : 0;
        then();
      },
      [this](const caf::error& reason) { not_compared(reason); });
}

void mailbox_comparison_state::keep() {
  ask(self, needs.database, pg::keep_certification{what, scope.cursor})
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
          next_step.after(own.settle_look, [this] { settle(); });
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
      [this](std::vector<pg::comparison_finding>& now) {
        found = std::move(now);
        to_mend_.clear();
        unlisted_.clear();
        for (const auto& one : found) {
          if (one.what == "extra" && unlisted_.size() < own.unlisted_max)
            unlisted_.push_back(one.id);
          else if ((one.what == "missing" || one.what == "differing") && kept_.contains(one.id))
            to_mend_.insert(one.id);
        }
        auto wait = somebody_writes && std::any_of(found.begin(), found.end(), may_change);
        if (!wait || looks_ == flight_parts.size()) {
          ask_for_unlisted();
          return;
        }
        waits("waiting for notifications on their way");
        auto now_is = self->clock().now();
        if (looks_ == 0)
          in_flight_since_ = now_is;
        auto due = in_flight_since_ + own.flight_limit * flight_parts.at(looks_++) / 10;
        if (due <= now_is) // this look came late
          look_at_findings();
        else
          next_step.after(std::chrono::ceil<std::chrono::milliseconds>(due - now_is),
                          [this] { look_at_findings(); });
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

/// A list whose cursor counts leaves one out when something before it goes away meanwhile.
void mailbox_comparison_state::ask_for_unlisted() {
  if (unlisted_.empty()) {
    note_not_found();
    return;
  }
  doing("asking for what was not listed");
  auto id = std::move(unlisted_.back());
  unlisted_.pop_back();
  if (asked_at_ == 0)
    asked_at_ = now_us(settings.wall);
  get(id, [this, id](asked_message&& answer) { unlisted_answered(id, std::move(answer)); });
}

void mailbox_comparison_state::get(const std::string& id,
                                   std::function<void(asked_message&&)> then) {
  call_grant call;
  call.grant = what.grant;
  call.lane = scope.lane;
  call.call = nylas::get_message(what.grant.value, id, what.provider);
  ++gets_;
  timed_request(self, needs.grants, listing_call_timeout, std::move(call))
    .then(
      [this, id, then = std::move(then)](api_answered& answer) {
        if (judge_refusal(answer, 1) != page_refusal::wait) {
          then(read_asked(std::move(answer)));
          return;
        }
        waits("waits: " + describe(answer));
        next_step.after(retry_after(answer, listing_throttle_pause),
                        [this, id, then] { get(id, then); });
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

void mailbox_comparison_state::unlisted_answered(const std::string& id, asked_message&& answer) {
  if (answer.gone)
    not_found_.push_back(id);
  if (!answer.message) {
    // What cannot be had now is judged as the list has it.
    ask_for_unlisted();
    return;
  }
  auto shown = std::make_shared<std::vector<email_message>>();
  shown->push_back(std::move(*answer.message));
  leave_out(*shown);
  compare(shown, {}, answer.lo, answer.hi, [this] { ask_for_unlisted(); });
}

void mailbox_comparison_state::note_not_found() {
  if (!own.mends || not_found_.empty()) {
    judge();
    return;
  }
  pg::note_not_listed note{what.inbox, std::exchange(not_found_, {}), asked_at_,
                           now_us(settings.wall)};
  ask(self, needs.database, std::move(note))
    .then([this](uint32_t) { judge(); }, [this](const caf::error& reason) { self->quit(reason); });
}

void mailbox_comparison_state::judge() {
  ask(self, needs.database, pg::end_certification{what, calls_made()})
    .then(
      [this](std::optional<bool> equal) {
        if (!equal) {
          self->quit(ec::stale_claim);
          return;
        }
        if (!*equal)
          mailbox_comparison_log.warn(
            "mail was not as the provider lists it",
            {{"inbox", what.inbox}, {"scope", what.scope}, {"to_be_mended", to_mend_.size()}});
        judged(*equal);
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

void mailbox_comparison_state::judged(bool equal) {
  if (equal || to_mend_.empty()) {
    done();
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
    done();
    return;
  }
  std::erase_if(to_mend_, [&](const std::string& id) {
    const auto& differing = kept_.at(id);
    return differing.lo == request.lo && differing.hi == request.hi;
  });
  request.inbox = what.inbox;
  request.origin = mail_origin::reconcile;
  store(std::move(request), [this] { mend(); });
}

void mailbox_comparison_state::start(certification of, listing_needs with,
                                     mailbox_comparison_settings how) {
  // Nylas does not say whether its bounds belong to the window: one second more on each side, and
  // the dates decide. From here on the list alone knows its cursor.
  scope = {of.inbox,
           of.grant,
           of.days.from,
           of.days.to,
           call_lane::background,
           std::exchange(of.cursor, {}),
           of.provider};
  if (scope.from)
    --*scope.from;
  if (scope.to)
    ++*scope.to;
  what = std::move(of);
  needs = std::move(with);
  random = base::random_engine(how.listing.seed);
  settings = how.listing;
  own = std::move(how);
  open();
}

mailbox_comparison_actor::behavior_type
mailbox_comparison(observed_pointer<mailbox_comparison_actor, mailbox_comparison_state> self,
                   directory_slot slot, certification what, listing_needs needs,
                   mailbox_comparison_settings settings) {
  self->state.slot = std::move(slot);
  self->state.start(std::move(what), std::move(needs), std::move(settings));
  return untold();
}

} // namespace nova
