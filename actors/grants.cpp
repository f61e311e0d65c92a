#include "actors/grants.hpp"

#include "actors/promised_answer.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <utility>

namespace nova {
namespace {

// A call may have to wait long for its turn; a mailbox of a year is patient.
constexpr std::chrono::seconds permit_timeout{3600};
constexpr std::chrono::seconds beyond_http{15};
constexpr std::chrono::milliseconds homes_interval{100};
constexpr std::chrono::seconds unlinked_timeout{3};
// As long as a node trusts its own lease.
constexpr std::chrono::milliseconds careful_for{4000};

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

call_ended ended_of(const api_answered& answer, grant_limits& limits) {
  call_ended ended;
  limits.metrics.calls.at(static_cast<size_t>(answer.verdict)).add();
  ended.outcome = outcome_of(answer.verdict);
  if (answer.gmail_quota_usage)
    ended.units = static_cast<double>(*answer.gmail_quota_usage);
  else if (answer.provider_requests)
    ended.units = static_cast<double>(*answer.provider_requests);
  ended.took_ms =
    static_cast<uint32_t>(std::max<int64_t>(answer.answered_at - answer.started_at, 0) / 1000);
  limits.metrics.call_seconds.observe(std::chrono::milliseconds{ended.took_ms});
  ended.retry_after_ms =
    static_cast<uint32_t>(retry_after(answer, std::chrono::milliseconds{0}).count());
  if (ended.outcome != call_outcome::succeeded)
    ended.reason = describe(answer);
  return ended;
}

} // namespace

void grants_state::open(grants_needs with, grant_limits limits_given) {
  needs = std::move(with);
  limits = std::move(limits_given);
  limits.node = needs.node;
  watch.open({needs.database, needs.http, needs.node, limits.live,
              [this](pause_grant news) { tell(std::move(news)); },
              [this](resume_grant news) { tell(std::move(news)); }, limits.seed});
  if (needs.homes)
    look_at_homes();
}

grants_state::time_point grants_state::now() const {
  return self->system().clock().now();
}

grant_home grants_state::home_of(const grant_id& id) const {
  return needs.homes ? needs.homes->of(id) : grant_home{};
}

const grant_actor& grants_state::pacer_of(const grant_id& id, bool stand_in) {
  auto& found = known[id.value];
  if (!found.actor) {
    auto own = limits;
    found.shared_by = stand_in ? sharers() : 1;
    if (stand_in)
      own.share = 1.0 / static_cast<double>(found.shared_by);
    else if (needs.homes && needs.homes->nodes() > 1)
      own.careful_for = careful_for;
    found.actor = self->spawn<caf::linked>(grant, open_child(needs.directory, "grant", id.value),
                                           id, needs.database, own);
    found.stand_in = stand_in;
  }
  return found.actor;
}

size_t grants_state::sharers() const {
  return std::max<size_t>(needs.homes->nodes(), 2);
}

caf::result<api_answered> grants_state::call(call_grant&& request) {
  if (request.grant.value.empty())
    return caf::make_error(ec::provider_refused, "the call names no grant");
  if (watch.away())
    return watch.refusal();
  auto answer = owe_answer<api_answered>(self);
  waiting_call waits{std::move(request), answer, now()};
  if (auto asker = waits.request.asker.lock()) {
    waits.doing = asker.doing();
    asker.doing("waits for leave to call grant " + waits.request.grant.value + ": " + waits.doing);
  }
  route(std::move(waits));
  return answer;
}

void grants_state::route(waiting_call&& call) {
  auto home = home_of(call.request.grant);
  if (home.here)
    ask_here(pacer_of(call.request.grant, false), std::move(call));
  else if (home.agent)
    ask_there(home.agent, std::move(call));
  else if (home.apart || unlinked_long(call.request.grant))
    ask_here(pacer_of(call.request.grant, true), std::move(call));
  else
    unrouted.push_back(std::move(call));
}

bool grants_state::unlinked_long(const grant_id& id) {
  auto [since, fresh] = unlinked_since.try_emplace(id.value, now());
  return now() - since->second >= unlinked_timeout;
}

template <class Report>
void grants_state::perform(const waiting_call& call, uint64_t permit, Report report) {
  auto told = [permit, report](call_ended&& ended) {
    ended.permit = permit;
    report(std::move(ended));
  };
  call_ended unused;
  unused.outcome = call_outcome::failed;
  if (watch.away()) {
    told(std::move(unused));
    call.answer.deliver(watch.refusal());
    return;
  }
  if (call.request.asker.gone()) { // cancelled while it waited
    told(std::move(unused));
    return;
  }
  call.request.asker.lock().doing(call.doing);
  limits.metrics.permit_seconds.at(static_cast<size_t>(call.request.lane))
    .observe(now() - call.since);
  const auto& what = call.request.call;
  timed_request(self, needs.http, what.timeout + beyond_http, what)
    .then(
      [this, request = call.request, began = now(), answer = call.answer, told](
        api_answered& answered) { call_done(request, began, answer, std::move(answered), told); },
      [this, unused, answer = call.answer, told](const caf::error& reason) mutable {
        limits.metrics.unanswered.add();
        told(std::move(unused));
        answer.deliver(reason);
      });
}

/// Each node learns by itself what calls of a grant cost; the grant's home corrects what one did
/// not know yet.
double grants_state::price_of(const call_grant& call) const {
  static const nylas::price_list published;
  auto found = prices.find(call.grant.value);
  const auto& list = found == prices.end() ? published : found->second;
  return list.of(call.call.billed, call.call.objects);
}

/// So that who asks again is not behind those who came later.
uint32_t grants_state::waited_ms(const waiting_call& call) const {
  return static_cast<uint32_t>(
    std::chrono::duration_cast<std::chrono::milliseconds>(now() - call.since).count());
}

/// What may not be the fault of what was asked for is kept back until that is found out.
void grants_state::call_done(const call_grant& request, time_point began, const promise& answer,
                             api_answered&& answered, std::function<void(call_ended&&)> report) {
  auto ended = ended_of(answered, limits);
  auto& price = prices[request.grant.value];
  auto ok = answered.verdict == nylas::verdict::ok;
  if (ok && answered.gmail_quota_usage)
    price.learn(request.call.billed, *answered.gmail_quota_usage, answered.provider_requests,
                request.call.objects);
  else if (ok && !ended.units && price.said_nothing())
    ended.units = 0;
  held_call held{request.call.target, answer, {}, {}, ended.reason, {}};
  switch (answered.verdict) {
    case nylas::verdict::transient:
    case nylas::verdict::auth: report(std::move(ended)); break;
    case nylas::verdict::throttle:
      if (!watch.throttled_again(request.grant, request.call.target)) {
        report(std::move(ended));
        answer.deliver(std::move(answered));
        return;
      }
      held.found = [report, ended = ended](bool alone) mutable {
        // The pace is not to blame for one that is refused whatever the pace.
        if (alone)
          ended.outcome = call_outcome::failed;
        report(std::move(ended));
      };
      break;
    default:
      report(std::move(ended));
      watch.succeeded(request.grant, request.call.target, began);
      answer.deliver(std::move(answered));
      return;
  }
  held.answered = std::move(answered);
  watch.hold(request.grant, std::move(held));
}

void grants_state::ask_here(const grant_actor& pacer, waiting_call&& call) {
  ask_permit wish{call.request.lane, price_of(call.request), waited_ms(call), 0};
  timed_request(self, pacer, permit_timeout, wish)
    .then(
      [this, pacer, call](permit_granted granted) {
        perform(call, granted.permit,
                [this, pacer](call_ended&& ended) { self->send(pacer, std::move(ended)); });
      },
      [this, call](const caf::error& reason) mutable {
        if (reason == ec::not_home)
          unrouted.push_back(std::move(call));
        else
          call.answer.deliver(reason);
      });
}

/// Waits in the home's queue like those there. A node that is lost never answers: `down` has who
/// waits for it ask again, maybe elsewhere.
void grants_state::ask_there(const node_agent_actor& agent, waiting_call&& call) {
  auto id = ++ask_count;
  auto grant = call.request.grant;
  ask_remote_permit wish{grant, call.request.lane, price_of(call.request), waited_ms(call)};
  monitor_peer(agent.address());
  asked.emplace(id, remote_ask{std::move(call), agent.address()});
  timed_request(self, agent, permit_timeout, wish)
    .then(
      [this, id, agent, grant](permit_granted granted) {
        auto found = asked.extract(id);
        auto report = [this, agent, grant](call_ended&& ended) {
          self->send(agent, remote_call_ended{grant, std::move(ended)});
        };
        if (found) {
          perform(found.mapped().call, granted.permit, report);
        } else {
          // It was asked again elsewhere meanwhile.
          call_ended unused;
          unused.permit = granted.permit;
          unused.outcome = call_outcome::failed;
          report(std::move(unused));
        }
      },
      [this, id](const caf::error& reason) {
        auto found = asked.extract(id);
        if (!found)
          return;
        if (reason == ec::grant_paused || reason == ec::provider_unreachable
            || reason == ec::overloaded)
          found.mapped().call.answer.deliver(reason);
        else
          unrouted.push_back(std::move(found.mapped().call));
      });
}

/// Its permits are counted here until it says how the call went, or is lost.
caf::result<permit_granted> grants_state::permit_for_peer(const ask_remote_permit& request) {
  if (!home_of(request.grant).here)
    return ec::not_home;
  auto peer = caf::actor_cast<caf::actor_addr>(self->current_sender());
  auto number = monitor_peer(peer);
  auto answer = owe_answer<permit_granted>(self);
  auto grant = request.grant;
  timed_request(self, pacer_of(grant, false), permit_timeout,
                ask_permit{request.lane, request.units, request.waited_ms, number})
    .then(
      [this, answer, peer, grant](permit_granted granted) {
        lent[peer].push_back({grant, granted.permit});
        answer.deliver(granted);
        // Lost while it waited.
        if (watched.count(peer) == 0)
          take_back(peer);
      },
      [answer](const caf::error& reason) { answer.deliver(reason); });
  return answer;
}

void grants_state::peer_call_ended(const remote_call_ended& news) {
  auto peer = caf::actor_cast<caf::actor_addr>(self->current_sender());
  if (auto found = lent.find(peer); found != lent.end())
    std::erase_if(found->second, [&](const remote_permit& one) {
      return one.permit == news.call.permit && one.grant == news.grant;
    });
  if (auto pacer = known.find(news.grant.value); pacer != known.end())
    self->send(pacer->second.actor, news.call);
}

uint64_t grants_state::monitor_peer(const caf::actor_addr& who) {
  if (!who)
    return 0;
  auto [found, fresh] = watched.try_emplace(who, watch_count + 1);
  if (fresh) {
    ++watch_count;
    self->monitor(who);
  }
  return found->second;
}

void grants_state::take_back(const caf::actor_addr& peer) {
  auto found = lent.extract(peer);
  if (!found)
    return;
  for (const auto& one : found.mapped()) {
    call_ended gone;
    gone.permit = one.permit;
    gone.outcome = call_outcome::failed;
    if (auto pacer = known.find(one.grant.value); pacer != known.end())
      self->send(pacer->second.actor, std::move(gone));
  }
}

/// A peer is lost, or a node that was asked.
void grants_state::down(const caf::actor_addr& who) {
  if (auto number = watched.extract(who))
    for (const auto& [id, pacer] : known)
      self->send(pacer.actor, forget_peer{number.mapped()});
  take_back(who);
  for (auto one = asked.begin(); one != asked.end();) {
    if (one->second.agent != who) {
      ++one;
      continue;
    }
    unrouted.push_back(std::move(one->second.call));
    one = asked.erase(one);
  }
}

void grants_state::look_at_homes() {
  next_homes.after(homes_interval, [this] { look_at_homes(); });
  auto version = needs.homes->version();
  if (std::exchange(homes_seen, version) != version || !unlinked_since.empty())
    for (auto one = known.begin(); one != known.end();) {
      auto home = home_of(grant_id{one->first});
      // A stand-in ends when the home can be reached; a home when it is none any more.
      auto stays = one->second.stand_in
                     ? !home.here && !home.agent && one->second.shared_by == sharers()
                     : home.here;
      if (home.here || home.agent)
        unlinked_since.erase(one->first);
      if (stays) {
        ++one;
        continue;
      }
      self->send(one->second.actor, grant_moved{});
      one = known.erase(one);
    }
  for (auto& call : std::exchange(unrouted, {}))
    route(std::move(call));
}

/// To the home of the grant, wherever it is. What the home does not hear it reads in the inbox's
/// row, or finds out by a refused call.
template <class News>
void grants_state::tell(News news) {
  auto home = home_of(news.grant);
  if (home.here) {
    self->send(pacer_of(news.grant, false), std::move(news));
  } else if (!news.passed_on && home.agent) {
    news.passed_on = true;
    self->send(home.agent, std::move(news));
  } else if (auto stand_in = known.find(news.grant.value); stand_in != known.end()) {
    self->send(stand_in->second.actor, std::move(news));
  }
}

grants_home_actor::behavior_type grants(observed_pointer<grants_home_actor, grants_state> self,
                                        directory_slot slot, grants_needs needs,
                                        grant_limits limits) {
  self->state.slot = std::move(slot);
  self->set_down_handler([self](caf::down_msg& down) { self->state.down(down.source); });
  self->state.open(std::move(needs), std::move(limits));
  return {
    [self](call_grant& request) { return self->state.call(std::move(request)); },
    [self](const pause_grant& news) { self->state.tell(news); },
    [self](const resume_grant& news) { self->state.tell(news); },
    [self](const ask_remote_permit& request) { return self->state.permit_for_peer(request); },
    [self](const remote_call_ended& news) { self->state.peer_call_ended(news); },
  };
}

} // namespace nova
