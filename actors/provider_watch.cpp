#include "actors/provider_watch.hpp"

#include "base/log.hpp"
#include "base/seed.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "nylas/parse.hpp"
#include "pg/email/claim_probes.hpp"
#include "pg/email/end_outage.hpp"
#include "pg/email/record_outage.hpp"
#include "pg/email/set_inbox_status.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace nova {
namespace {

constexpr base::log provider_watch_log{"Provider"};

using namespace std::chrono_literals;

constexpr auto probe_timeout = 20s;
constexpr auto beyond_probe = 10s;
constexpr auto rows_look = 5s; // between two looks which grants are to be probed
constexpr uint32_t grants_probed_max = 100;
constexpr auto first_probe = 2s;
constexpr base::backoff between_probes{1s, 30s};
// A grant's throttle hits one call as well as another: so often in a row, while no other was hit
// less often in the last minutes, and it is that call's own.
constexpr uint32_t times_alone = 4;
constexpr auto throttle_memory = 2min;
constexpr size_t throttled_max = 64;
// So often a mailbox is asked, while it answers quickly.
constexpr uint32_t asked_max = 3;
constexpr auto asked_again_within = 2s;

/// What a call asks for; retries ask for smaller pages of it.
std::string subject_of(std::string target) {
  constexpr std::string_view limit = "limit=";
  if (auto at = target.find(limit); at != std::string::npos) {
    auto end = target.find_first_not_of("0123456789", at + limit.size());
    target.erase(at, end == std::string::npos ? end : end - at);
  }
  return target;
}

} // namespace

void provider_watch::open(provider_watch_needs needs) {
  needs_ = std::move(needs);
  random_ = base::random_engine(needs_.seed);
  if (needs_.live)
    needs_.live->provider_away = false; // of an earlier life
  tick_after(rows_look);
}

bool provider_watch::away() const {
  return outage_.has_value();
}

caf::error provider_watch::refusal() const {
  return caf::make_error(ec::provider_unreachable, outage_ ? outage_->error : std::string{});
}

provider_watch::time_point provider_watch::now() const {
  return self_->system().clock().now();
}

void provider_watch::succeeded(const grant_id& grant, const std::string& target, time_point began) {
  last_called_ = grant.value;
  last_called_at_ = now();
  if (outage_ || !forgotten_)
    come_back();
  if (doubts_.count(grant.value) > 0)
    settle_alone(grant.value, began);
  if (auto found = throttled_.find(grant.value); found != throttled_.end()) {
    found->second.erase(subject_of(target));
    if (found->second.empty())
      throttled_.erase(found);
  }
}

bool provider_watch::throttled_again(const grant_id& grant, const std::string& target) {
  auto& calls = throttled_[grant.value];
  std::erase_if(calls, [&](const auto& one) { return now() - one.second.last > throttle_memory; });
  if (calls.size() >= throttled_max)
    calls.clear();
  auto& call = calls[subject_of(target)];
  call.last = now();
  ++call.times;
  return std::all_of(calls.begin(), calls.end(),
                     [](const auto& one) { return one.second.times >= times_alone; });
}

void provider_watch::hold(const grant_id& grant, held_call&& call) {
  if (outage_) {
    if (call.found)
      call.found(false);
    call.answer.deliver(refusal());
    return;
  }
  call.failed_at = now();
  auto [found, fresh] = doubts_.try_emplace(grant.value);
  if (fresh) {
    found->second.since = now();
    found->second.target = call.target;
    found->second.reason = call.reason;
  }
  found->second.calls.push_back(std::move(call));
  if (fresh)
    ask_mailbox(grant.value);
}

template <class Judge>
void provider_watch::call(nylas::api_request&& request, Judge judge_it) {
  request.timeout = probe_timeout;
  timed_request(self_, needs_.http, probe_timeout + beyond_probe, std::move(request))
    .then([judge_it](api_answered& answer) mutable { judge_it(std::move(answer)); },
          [judge_it](const caf::error& reason) mutable {
            // This node is too busy, or ends: nothing is found out.
            api_answered none;
            none.verdict = nylas::verdict::throttle;
            none.failure = describe(reason);
            judge_it(std::move(none));
          });
}

void provider_watch::ask_mailbox(const std::string& grant) {
  call(nylas::probe_mailbox(grant, doubts_.at(grant).target),
       [this, grant, began = now()](const api_answered& result) {
         if (doubts_.count(grant) > 0)
           judge_mailbox(grant, result, began);
       });
}

void provider_watch::judge_mailbox(const std::string& grant, const api_answered& result,
                                   time_point began) {
  auto& about = doubts_.at(grant);
  if (result.verdict != nylas::verdict::ok)
    about.reason = describe(result);
  switch (result.verdict) {
    case nylas::verdict::ok:
      settle_alone(grant, began);
      // What failed after the probe began is asked about anew.
      if (auto rest = doubts_.find(grant); rest != doubts_.end()) {
        rest->second.asked = 0;
        ask_mailbox(grant);
      }
      return;
    case nylas::verdict::throttle:
      settle(grant, caf::make_error(ec::rate_limited, about.reason));
      return;
    case nylas::verdict::transient:
      // A mailbox that fails now and then is not away.
      if (++about.asked < asked_max && now() - began < asked_again_within)
        ask_mailbox(grant);
      else
        ask_application(grant);
      return;
    default: ask_grant(grant); return;
  }
}

void provider_watch::ask_grant(const std::string& grant) {
  call(nylas::get_grant(grant), [this, grant](api_answered&& result) {
    if (doubts_.count(grant) == 0)
      return;
    if (result.verdict == nylas::verdict::ok) {
      auto found = nylas::parse_grant(std::move(result.body));
      if (found && found->grant_status != "invalid" && !found->blocked)
        settle_away(grant);
      else
        settle_expired(grant, "the API says that the grant is invalid or blocked");
    } else if (result.verdict == nylas::verdict::gone) {
      settle_expired(grant, describe(result));
    } else {
      doubts_.at(grant).refused = result.verdict == nylas::verdict::auth;
      ask_application(grant);
    }
  });
}

/// One call for all that wait for its answer.
void provider_watch::ask_application(const std::string& grant) {
  asks_application_.push_back(grant);
  if (asks_application_.size() == 1)
    call(nylas::list_grants(1, 0),
         [this](const api_answered& result) { judge_application(result); });
}

void provider_watch::judge_application(const api_answered& result) {
  auto waiting = std::exchange(asks_application_, {});
  if (result.verdict == nylas::verdict::throttle) {
    for (const auto& grant : waiting)
      settle(grant, caf::make_error(ec::rate_limited, describe(result)));
    return;
  }
  auto scope =
    result.verdict == nylas::verdict::auth ? outage_scope::application : outage_scope::network;
  auto answers =
    result.verdict != nylas::verdict::auth && result.verdict != nylas::verdict::transient;
  for (const auto& grant : waiting) {
    auto found = doubts_.find(grant);
    if (found == doubts_.end())
      continue;
    auto another = last_called_ != grant && last_called_at_ >= found->second.since;
    if (answers && found->second.refused) {
      settle_expired(grant, found->second.reason);
    } else if (answers || another) {
      settle_away(grant);
    } else {
      go_away(scope, describe(result));
      return;
    }
  }
}

void provider_watch::settle(const std::string& grant, const caf::error& reason) {
  auto found = doubts_.extract(grant);
  if (!found)
    return;
  for (auto& call : found.mapped().calls) {
    if (call.found)
      call.found(false);
    call.answer.deliver(reason);
  }
}

/// By a call that succeeded and began then: it says nothing about what failed later.
void provider_watch::settle_alone(const std::string& grant, time_point began) {
  auto& about = doubts_.at(grant);
  if (std::exchange(about.of_row, false)) {
    provider_watch_log.info("a grant can be called again", {{"grant", grant}});
    tell_database(pg::set_inbox_status{grant_id{grant}, "active", "the grant is valid again"});
    tell_database(pg::end_outage{outage_scope::grant, grant});
    needs_.resume(resume_grant{grant_id{grant}});
  }
  auto later = std::stable_partition(about.calls.begin(), about.calls.end(),
                                     [&](const auto& call) { return call.failed_at <= began; });
  std::vector<held_call> alone(std::make_move_iterator(about.calls.begin()),
                               std::make_move_iterator(later));
  about.calls.erase(about.calls.begin(), later);
  if (about.calls.empty())
    doubts_.erase(grant);
  for (auto& call : alone) {
    if (call.found)
      call.found(true);
    call.answered.alone = true;
    call.answer.deliver(std::move(call.answered));
  }
}

void provider_watch::settle_away(const std::string& grant) {
  auto reason = doubts_.at(grant).reason;
  provider_watch_log.warn("a grant cannot be called", {{"grant", grant}, {"reason", reason}});
  if (doubts_.at(grant).of_row) // its inbox may be auth_expired
    tell_database(pg::set_inbox_status{grant_id{grant}, "active", "the grant is valid again"});
  tell_database(pg::record_outage{outage_scope::grant, grant, reason, first_probe});
  pause_grant news{grant_id{grant}, reason};
  news.away = true;
  needs_.pause(std::move(news));
  settle(grant, caf::make_error(ec::provider_unreachable, reason));
}

void provider_watch::settle_expired(const std::string& grant, const std::string& reason) {
  provider_watch_log.warn("paused: the grant must be authorised again",
                          {{"grant", grant}, {"reason", reason}});
  tell_database(pg::set_inbox_status{grant_id{grant}, "auth_expired", reason});
  needs_.pause(pause_grant{grant_id{grant}, reason});
  settle(grant, caf::make_error(ec::grant_paused, reason));
}

void provider_watch::go_away(outage_scope scope, const std::string& error) {
  if (!outage_) {
    provider_watch_log.error("the provider cannot be called: all that needs it waits",
                             {{"whose", to_string(scope)}, {"reason", error}});
    outage_ = outage{scope, error, now(), 0};
    if (needs_.live)
      needs_.live->provider_away = true;
  }
  outage_->scope = scope;
  outage_->error = error;
  asks_application_.clear();
  while (!doubts_.empty()) {
    suspect_ = doubts_.begin()->first;
    settle(suspect_, refusal());
  }
  auto delay = between_probes.delay(outage_->probes++, random_);
  tell_database(pg::record_outage{scope, needs_.node, error, delay});
  tick_after(delay);
}

void provider_watch::come_back() {
  if (outage_)
    provider_watch_log.warn(
      "the provider can be called again",
      {{"away_s",
        std::chrono::duration_cast<std::chrono::seconds>(now() - outage_->since).count()}});
  outage_.reset();
  if (needs_.live)
    needs_.live->provider_away = false;
  forgotten_ = true;
  ask(self_, needs_.database, pg::end_outage{outage_scope::network, needs_.node})
    .then([] {}, [this](const caf::error&) { forgotten_ = false; }); // the next call tells it
}

void provider_watch::probe() {
  if (outage_)
    probe_node();
  else
    probe_grants();
}

/// The mailbox that failed, for it is what matters; but it may be gone for good meanwhile.
void provider_watch::probe_node() {
  auto application = [this](const api_answered& result) {
    if (!outage_)
      tick_after(rows_look);
    else if (result.verdict == nylas::verdict::auth)
      go_away(outage_scope::application, describe(result));
    else if (result.verdict == nylas::verdict::transient)
      go_away(outage_scope::network, describe(result));
    else {
      come_back();
      tick_after(rows_look);
    }
  };
  call(nylas::probe_mailbox(suspect_), [this, application](const api_answered& result) {
    if (result.verdict != nylas::verdict::ok) {
      call(nylas::list_grants(1, 0), application);
      return;
    }
    if (outage_)
      come_back();
    tick_after(rows_look);
  });
}

void provider_watch::probe_grants() {
  ask(self_, needs_.database, pg::claim_probes{grants_probed_max})
    .then(
      [this](const std::vector<grant_id>& claimed) {
        for (const auto& grant : claimed) {
          auto [found, fresh] = doubts_.try_emplace(grant.value);
          if (!fresh)
            continue;
          found->second.since = now();
          found->second.of_row = true;
          ask_mailbox(grant.value);
        }
        tick_after(claimed.size() < grants_probed_max ? rows_look : 1s);
      },
      [this](const caf::error&) { tick_after(rows_look); });
}

void provider_watch::tick_after(std::chrono::milliseconds delay) {
  next_probe_.after(delay, [this] { probe(); });
}

template <class Query>
void provider_watch::tell_database(Query query) {
  ask(self_, needs_.database, std::move(query))
    .then([](const auto&...) {},
          [](const caf::error& reason) {
            provider_watch_log.warn("the state of the provider is not written",
                                    {{"reason", describe(reason)}});
          });
}

} // namespace nova
