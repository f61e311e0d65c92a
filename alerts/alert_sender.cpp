#include "alerts/alert_sender.hpp"

#include "base/log.hpp"
#include "base/seed.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "pg/jobs/end_alert_deliveries.hpp"
#include "pg/jobs/gather_alerts.hpp"

#include <caf/stateful_actor.hpp>
#include <fmt/format.h>

#include <utility>

// Each look gathers; then each lane that is free claims, sends and ends a batch:
//
//   look ─▶ gather ─▶ claim ─(nothing)─▶ free
//                       └─(letters)─▶ courier ─▶ end ─▶ free, or the next batch at once
//
// What is claimed and not ended (a courier that crashes, a database that is away) comes again when
// its lease is over, as a failed attempt.
namespace nova::alerts {
namespace {

constexpr base::log alert_log{"Alerts"};

constexpr std::array<letter_verdict, 6> verdicts = {
  letter_verdict::sent,   letter_verdict::retry,   letter_verdict::later,
  letter_verdict::failed, letter_verdict::refused, letter_verdict::stopped};

const char* kind_of(bool are_mails) {
  return are_mails ? "email" : "webhook";
}

} // namespace

sender_metrics::sender_metrics(base::metrics& all) {
  for (bool are_mails : {false, true})
    for (auto verdict : verdicts)
      ended.at(are_mails ? 1 : 0).at(static_cast<size_t>(verdict)) =
        all.counter_of({"nova_alert_messages_total",
                        "Messages about alerts that were sent or tried.",
                        {{"kind", kind_of(are_mails)}, {"outcome", to_string(verdict)}}});
}

alert_sender_state::~alert_sender_state() {
  stop_->store(true);
}

std::optional<int64_t> alert_sender_state::now() const {
  if (!settings.clock)
    return {};
  return settings.clock().time_since_epoch().count();
}

void alert_sender_state::open() {
  random_ = base::random_engine(settings.seed);
  for (size_t i = 0; i < lanes_.size(); ++i) {
    lanes_.at(i).are_mails = i == 0;
    lanes_.at(i).courier =
      needs.start(self, open_child(needs.directory, "alert_courier", kind_of(i == 0)), stop_);
  }
  look();
}

void alert_sender_state::look() {
  constexpr auto what = "gather alerts";
  ask(self, needs.database, pg::gather_alerts{settings.gather, settings.hold, now()})
    .then(
      [this](int64_t) {
        could(alert_log, what);
        for (auto& each : lanes_)
          if (!each.busy)
            claim(each);
        next_look_.after(settings.look, [this] { look(); });
      },
      [this](const caf::error& reason) {
        could_not(alert_log, what, describe(reason));
        next_look_.after(settings.look, [this] { look(); });
      });
}

void alert_sender_state::could_not_go_on(lane& of, const char* what, const caf::error& reason) {
  could_not(alert_log, what, describe(reason));
  of.busy = false;
}

void alert_sender_state::claim(lane& of) {
  constexpr auto what = "claim messages about alerts";
  of.busy = true;
  ask(self, needs.database,
      pg::claim_alert_deliveries{settings.worker, kind_of(of.are_mails), settings.batch,
                                 settings.lease, settings.attempts_max, now()})
    .then(
      [this, &of](std::vector<pg::claimed_delivery>& letters) {
        could(alert_log, what);
        if (letters.empty())
          of.busy = false;
        else
          send(of, std::move(letters));
      },
      [this, &of](const caf::error& reason) { could_not_go_on(of, what, reason); });
}

void alert_sender_state::send(lane& of, std::vector<pg::claimed_delivery>&& letters) {
  doing(fmt::format("sends {} {}s", letters.size(), kind_of(of.are_mails)));
  auto all = std::make_shared<const std::vector<pg::claimed_delivery>>(std::move(letters));
  timed_request(self, of.courier, settings.lease, send_letters{of.are_mails, all})
    .then([this, &of, all](const letters_sent& sent) { end(of, *all, sent.outcomes); },
          [this, &of](const caf::error& reason) {
            could_not_go_on(of, "send messages about alerts", reason);
          });
}

void alert_sender_state::end(lane& of, const std::vector<pg::claimed_delivery>& letters,
                             const std::vector<letter_outcome>& outcomes) {
  constexpr auto what = "end messages about alerts";
  pg::end_alert_deliveries ended;
  ended.now = now();
  for (size_t i = 0; i < letters.size(); ++i) {
    const auto& letter = letters[i];
    auto outcome = outcomes.at(i);
    if (outcome.what == letter_verdict::retry && letter.attempts + 1 >= settings.attempts_max)
      outcome.what = letter_verdict::failed;
    auto wait = settings.backoff.delay(static_cast<uint32_t>(letter.attempts), random_);
    if (outcome.what != letter_verdict::retry)
      wait = std::chrono::milliseconds{0};
    ended.ids.push_back(letter.id);
    ended.tokens.push_back(letter.token);
    ended.verdicts.push_back(to_string(outcome.what));
    ended.error_classes.push_back(outcome.error_class);
    ended.errors.push_back(outcome.text);
    ended.waits_ms.push_back(wait.count());
    settings.metrics.ended.at(of.are_mails ? 1 : 0).at(static_cast<size_t>(outcome.what)).add();
    if (outcome.what == letter_verdict::sent)
      ++sent_;
    else if (outcome.what != letter_verdict::later)
      alert_log.warn("a message about alerts was not sent", {{"kind", kind_of(of.are_mails)},
                                                             {"message", letter.id},
                                                             {"attempt", letter.attempts + 1},
                                                             {"outcome", to_string(outcome.what)},
                                                             {"class", outcome.error_class},
                                                             {"reason", outcome.text}});
  }
  auto again = letters.size() == static_cast<size_t>(settings.batch);
  ask(self, needs.database, std::move(ended))
    .then(
      [this, &of, again](const std::vector<std::string>&) {
        could(alert_log, what);
        doing(fmt::format("sent {}", sent_));
        if (again)
          claim(of);
        else
          of.busy = false;
      },
      [this, &of](const caf::error& reason) { could_not_go_on(of, what, reason); });
}

alert_sender_actor::behavior_type
alert_sender(observed_pointer<alert_sender_actor, alert_sender_state> self, directory_slot slot,
             alert_sender_needs needs, alert_sender_settings settings) {
  self->state.slot = std::move(slot);
  self->state.needs = std::move(needs);
  self->state.settings = std::move(settings);
  self->state.open();
  return untold();
}

} // namespace nova::alerts
