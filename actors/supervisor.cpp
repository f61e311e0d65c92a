#include "actors/supervisor.hpp"

#include "actors/child_standing.hpp"
#include "base/ensure.hpp"
#include "base/log.hpp"
#include "base/seed.hpp"
#include "messages/error_code.hpp"
#include "messages/timer.hpp"

#include <caf/actor_cast.hpp>
#include <caf/default_attachable.hpp>
#include <caf/exit_reason.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <utility>

// A child is in one of three phases:
//
//      enter ──▶ running ──(ends by itself: decide)──▶ waiting ──(its pause is over)──▶ running
//                   │                                     ▲
//                   └──(stop_one)──▶ stopping ──(down)────┴──▶ forgotten
//
// Or, where the rules say so, parked: a child that used up its limit, and with it those that go
// with it, stays down until `restart_child`. Parking is a common restart that ends without the
// start.
//
// One_for_one restarts each child by a timer of its own. The other strategies make a common
// restart: all that belong to it are stopped one by one, the youngest first, then wait once, then
// start in order. An end within a common restart is part of it and not counted. Closing is the same
// stop for all children. `proceed` takes the next step of either and is called after each step.
//
// A child is monitored, and it gets an exit message when the supervisor ends. That is half of a CAF
// link; a whole one would let a killed child kill the supervisor, because CAF lets nobody trap
// `kill`.
namespace nova {
namespace {

constexpr base::log supervisor_log{"Supervisor"};

} // namespace

supervisor_state::supervisor_state(supervisor_actor::pointer self) : observed(self), self_(self) {
  self->set_down_handler([this](caf::down_msg& x) { ended(x.source, x.reason); });
  self->set_exit_handler([this](caf::exit_msg& x) {
    if (x.reason)
      close(std::move(x.reason));
  });
}

void supervisor_state::open(supervisor_setup with) {
  base::ensure(with.directory != nullptr, "a supervisor has a directory");
  setup_ = std::move(with);
  slot = setup_.slot;
  random_ = base::random_engine(setup_.seed);
  for (const auto& spec : setup_.children)
    enter(spec);
  start_waiting(0);
}

uint64_t supervisor_state::enter(const child_spec& spec) {
  base::ensure(setup_.factories.contains(spec.kind), "a child's kind has a factory");
  auto number = ++last_number_;
  base::ensure(names_.try_emplace({spec.kind, spec.key}, number).second,
               "a child's name is its own");
  auto& entered = children_[number];
  entered.spec = spec;
  entered.slot = setup_.directory->open({spec.kind, spec.key, slot.name().path()});
  tell_standing(number);
  return number;
}

supervisor_state::children_map::iterator supervisor_state::forget(children_map::iterator which) {
  names_.erase({which->second.spec.kind, which->second.spec.key});
  return children_.erase(which);
}

caf::error supervisor_state::start(children_map::iterator which) {
  auto& child = which->second;
  ++child.generation;
  if (child.started_before)
    child.slot.restarted();
  child.started_before = true;
  child.killed = false;
  child.started_at = self_->clock().now();
  try {
    child.actor = setup_.factories.at(child.spec.kind)(self_, child.spec, child.slot);
    base::ensure(child.actor != nullptr, "a factory returns an actor");
  } catch (const std::exception& e) {
    child.now = phase::waiting;
    return caf::make_error(ec::crashed, std::string{"start: "} + e.what());
  }
  child.now = phase::running;
  auto address = caf::actor_cast<caf::actor_addr>(child.actor);
  numbers_.emplace(address, which->first);
  self_->attach(caf::default_attachable::make_link(self_->address(), address));
  self_->monitor(child.actor);
  return {};
}

caf::result<child_started> supervisor_state::add(const child_spec& spec) {
  if (closing_)
    return ec::stopped;
  if (!setup_.factories.contains(spec.kind))
    return caf::make_error(ec::not_possible, "no factory for kind " + spec.kind);
  if (find(spec.kind, spec.key) != children_.end())
    return caf::make_error(ec::not_possible, "already a child " + spec.kind + "/" + spec.key);
  auto parked = group_parked();
  auto number = enter(spec);
  if (parked)
    children_.at(number).now = phase::parked; // what it may need is down
  if (parked || in_common_restart(number))
    return child_started{};
  auto which = children_.find(number);
  if (auto failure = start(which)) {
    record(which->second, failure);
    forget(which);
    return failure;
  }
  return child_started{};
}

caf::result<child_stopped> supervisor_state::remove(const stop_child& request) {
  auto which = find(request.kind, request.key);
  if (which == children_.end())
    return caf::make_error(ec::not_possible, "no child " + request.kind + "/" + request.key);
  if (which->second.now == phase::waiting || which->second.now == phase::parked) {
    forget(which);
    return child_stopped{};
  }
  auto answer = self_->make_response_promise<child_stopped>();
  which->second.stop_waiting.push_back(answer);
  if (which->second.now == phase::running)
    stop_one(which);
  return answer;
}

caf::result<restart_begun> supervisor_state::renew(const restart_child& request) {
  if (closing_)
    return ec::stopped;
  auto which = find(request.kind, request.key);
  if (which == children_.end())
    return caf::make_error(ec::not_possible, "no child " + request.kind + "/" + request.key);
  auto& child = which->second;
  if (child.spec.restart == restart_policy::temporary)
    return caf::make_error(ec::not_possible, std::string{"a temporary child is not restarted"});
  child.ends_in_row = 0;
  tell_standing(which->first);
  if (child.now == phase::parked) {
    unpark(which);
  } else if (setup_.rules.strategy == restart_strategy::one_for_one
             && child.now == phase::running) {
    stop_one(which);
  } else if (child.now != phase::stopping) {
    ++child.generation;
    plan_restart(which, std::chrono::milliseconds{0});
    proceed();
  }
  return restart_begun{};
}

caf::result<supervisor_stopped> supervisor_state::stop() {
  auto answer = self_->make_response_promise<supervisor_stopped>();
  close_waiting_.push_back(answer);
  close(caf::exit_reason::user_shutdown);
  return answer;
}

void supervisor_state::restart_after(uint64_t number, uint64_t generation,
                                     std::chrono::milliseconds delay) {
  call_after(self_, delay, [this, number, generation] { restart_now(number, generation); });
}

void supervisor_state::restart_now(uint64_t number, uint64_t generation) {
  if (number == 0) {
    if (!common_ || generation != common_generation_)
      return;
    start_waiting(std::exchange(common_, std::nullopt)->first);
    return;
  }
  auto which = children_.find(number);
  if (which == children_.end() || which->second.generation != generation || closing_)
    return;
  if (auto failure = start(which))
    down(which, failure);
}

/// A child has that long to end.
void supervisor_state::look_for_end(uint64_t number, std::chrono::milliseconds delay) {
  auto generation = children_.at(number).generation;
  call_after(self_, delay, [this, number, generation] { overdue(number, generation); });
}

void supervisor_state::overdue(uint64_t number, uint64_t generation) {
  auto which = children_.find(number);
  if (which == children_.end() || which->second.generation != generation)
    return;
  auto& child = which->second;
  ++child.generation;
  if (!child.killed) {
    child.killed = true;
    ++tally_.killed;
    supervisor_log.warn("child does not stop and is killed", {{"actor", child.slot.name().path()}});
    self_->send_exit(child.actor, caf::exit_reason::kill);
    look_for_end(number, setup_.kill_timeout);
    return;
  }
  ++tally_.stuck;
  auto address = caf::actor_cast<caf::actor_addr>(child.actor);
  self_->demonitor(address);
  ended(address, caf::make_error(ec::crashed, std::string{"blocked: does not end when killed"}));
}

void supervisor_state::ended(const caf::actor_addr& who, const caf::error& reason) {
  auto number = numbers_.find(who);
  if (number == numbers_.end())
    return;
  auto which = children_.find(number->second);
  numbers_.erase(number);
  self_->detach(caf::default_attachable::observe_token{who, caf::default_attachable::link});
  which->second.actor = nullptr;
  down(which, reason);
}

void supervisor_state::down(children_map::iterator which, const caf::error& reason) {
  auto& child = which->second;
  if (self_->clock().now() - child.started_at >= setup_.rules.limit.within)
    child.ends_in_row = 0;
  auto ending = classify(reason);
  auto was_killed_by_us = child.killed && reason == caf::exit_reason::kill;
  if (ending == child_ending::abnormal && !was_killed_by_us)
    record(child, reason);
  auto before = std::exchange(child.now, phase::waiting);
  ++child.generation;
  if (before == phase::stopping)
    stopped(which);
  else if (!closing_ && !in_common_restart(which->first))
    follow_up(which, ending, reason);
  proceed();
}

void supervisor_state::stopped(children_map::iterator which) {
  auto& child = which->second;
  for (auto& waiting : child.stop_waiting)
    waiting.deliver(child_stopped{child.killed});
  if (!child.stop_waiting.empty() || child.spec.restart == restart_policy::temporary)
    forget(which);
  else if (!closing_ && !common_)
    plan_restart(which, std::chrono::milliseconds{0});
}

void supervisor_state::follow_up(children_map::iterator which, child_ending ending,
                                 const caf::error& reason) {
  auto& child = which->second;
  auto now = self_->clock().now();
  auto& history = setup_.rules.beyond == beyond_limit::park ? child.history : history_;
  auto in_row = child.ends_in_row;
  auto [what, delay] =
    decide(setup_.rules, {child.spec.restart, ending, in_row}, history, now, random_);
  if (ending != child_ending::node_lost)
    ++child.ends_in_row;
  tell_standings(which->first);
  switch (what) {
    case verdict::forget: forget(which); return;
    case verdict::restart: plan_restart(which, delay); return;
    case verdict::escalate:
      if (park(which, reason))
        return;
      begin_closing(caf::make_error(ec::restart_intensity,
                                    slot.name().path() + ": " + describe(setup_.rules.limit, in_row)
                                      + ", the last of " + child.slot.name().path() + ": "
                                      + describe(reason)));
      return;
  }
}

void supervisor_state::plan_restart(children_map::iterator which, std::chrono::milliseconds delay) {
  auto& child = which->second;
  child.slot.doing("waits " + std::to_string(delay.count()) + " ms to be restarted");
  if (setup_.rules.strategy == restart_strategy::one_for_one) {
    restart_after(which->first, child.generation, delay);
    return;
  }
  auto first = first_with(which->first);
  ++common_generation_;
  common_ = common_restart{common_ ? std::min(common_->first, first) : first, delay};
}

void supervisor_state::proceed() {
  if (closing_) {
    auto which = last_alive(0, false);
    if (which == children_.end())
      which = last_alive(0);
    if (which == children_.end())
      finish();
    else if (which->second.now == phase::running)
      stop_one(which);
    return;
  }
  if (!common_)
    return;
  auto which = last_alive(common_->first);
  if (which != children_.end()) {
    if (which->second.now == phase::running)
      stop_one(which);
    return;
  }
  if (common_->park)
    park_waiting(std::exchange(common_, std::nullopt)->first);
  else
    restart_after(0, common_generation_, common_->delay);
}

/// False when too many would be down.
bool supervisor_state::park(children_map::iterator which, const caf::error& reason) {
  auto first = first_with(which->first);
  auto alone = setup_.rules.strategy == restart_strategy::one_for_one;
  auto down = std::count_if(children_.begin(), children_.end(), [&](const auto& one) {
    return one.second.now == phase::parked
           || (alone ? one.first == which->first : one.first >= first);
  });
  if (!may_park(setup_.rules, static_cast<size_t>(down), children_.size()))
    return false;
  which->second.last_reason = describe(reason).substr(0, failure_reason_max);
  if (alone) {
    which->second.now = phase::parked;
    sound_alarm(which->second, true);
    return true;
  }
  ++common_generation_;
  common_ = common_restart{first, {}, true};
  return true;
}

/// All that belong to it are down.
void supervisor_state::park_waiting(uint64_t first) {
  for (auto which = children_.lower_bound(first); which != children_.end(); ++which) {
    auto& child = which->second;
    if (child.now != phase::waiting)
      continue;
    child.now = phase::parked;
    sound_alarm(child, true);
  }
}

/// Where children go together, all that are parked: one may need another.
void supervisor_state::unpark(children_map::iterator which) {
  auto alone = setup_.rules.strategy == restart_strategy::one_for_one;
  auto first = which;
  for (auto one = children_.begin(); one != children_.end(); ++one) {
    if (one->second.now != phase::parked || (alone && one != which))
      continue;
    one->second.now = phase::waiting;
    one->second.history = {};
    one->second.ends_in_row = 0;
    ++one->second.generation;
    tell_standing(one->first);
    if (one->first < first->first)
      first = one;
    sound_alarm(one->second, false);
    one->second.last_reason.clear();
  }
  plan_restart(first, std::chrono::milliseconds{0});
  proceed();
}

void supervisor_state::sound_alarm(const child& whose, bool parked) const {
  const auto& path = whose.slot.name().path();
  auto reason =
    whose.last_reason.empty() ? std::string{"one that it needs is parked"} : whose.last_reason;
  if (parked) {
    whose.slot.doing("parked by " + slot.name().path() + " until it is restarted: " + reason);
    supervisor_log.error("child parked", {{"actor", path}, {"reason", reason}});
  } else {
    supervisor_log.info("child unparked", {{"actor", path}});
  }
  whose.slot.park(parked);
  if (setup_.alarm)
    setup_.alarm({whose.slot.name(), reason, parked});
}

/// Says in the directory how a child stands.
void supervisor_state::tell_standing(uint64_t number) const {
  const auto& child = children_.at(number);
  const auto& history = setup_.rules.beyond == beyond_limit::park ? child.history : history_;
  auto times = on_the_wall(history, self_->clock().now(), setup_.directory->now());
  child.slot.stand(std::make_shared<child_standing>(
    child_standing{number, slot.name().path(), setup_.rules, std::move(times), child.ends_in_row}));
}

/// The same of all whom the restart of one concerns.
void supervisor_state::tell_standings(uint64_t of_one) const {
  for (const auto& [number, child] : children_)
    if (number == of_one || setup_.rules.beyond == beyond_limit::escalate)
      tell_standing(number);
}

void supervisor_state::start_waiting(uint64_t first) {
  auto which = children_.lower_bound(first);
  while (which != children_.end() && !common_ && !closing_) {
    auto number = which->first;
    if (which->second.now == phase::waiting)
      if (auto failure = start(which))
        down(which, failure); // may forget it, and may put the rest off
    which = children_.upper_bound(number);
  }
}

void supervisor_state::stop_one(children_map::iterator which) {
  auto& [number, child] = *which;
  child.now = phase::stopping;
  child.slot.doing("is told to stop");
  self_->send_exit(child.actor, caf::exit_reason::user_shutdown);
  look_for_end(number, child.spec.stop_timeout);
}

void supervisor_state::close(caf::error reason) {
  if (closing_)
    return;
  begin_closing(std::move(reason));
  proceed();
}

void supervisor_state::begin_closing(caf::error reason) {
  if (reason != caf::exit_reason::user_shutdown)
    supervisor_log.error("supervisor gives up",
                         {{"supervisor", slot.name().path()}, {"reason", describe(reason)}});
  closing_ = std::move(reason);
  common_.reset();
  doing("stops its children");
  tally_ = {static_cast<uint32_t>(numbers_.size()), 0, 0};
}

void supervisor_state::finish() {
  for (auto& waiting : close_waiting_)
    waiting.deliver(tally_);
  close_waiting_.clear();
  self_->quit(*closing_);
}

void supervisor_state::record(const child& whose, const caf::error& reason) {
  auto text = describe(reason).substr(0, failure_reason_max);
  auto doing = whose.slot.doing();
  auto restarts = whose.slot.restarts();
  supervisor_log.warn("actor failed", {{"actor", whose.slot.name().path()},
                                       {"reason", text},
                                       {"doing", doing},
                                       {"restarts", restarts}});
  whose.slot.failed(text);
  setup_.directory->record(
    {whose.slot.name(), text, doing, restarts, setup_.directory->now(), 0, whose.slot.message()});
}

bool supervisor_state::in_common_restart(uint64_t number) const {
  return common_ && number >= common_->first;
}

/// The lowest number of those that go with a child.
uint64_t supervisor_state::first_with(uint64_t number) const {
  return setup_.rules.strategy == restart_strategy::one_for_all ? 1 : number;
}

bool supervisor_state::group_parked() const {
  return setup_.rules.strategy != restart_strategy::one_for_one
         && std::any_of(children_.begin(), children_.end(),
                        [](const auto& one) { return one.second.now == phase::parked; });
}

supervisor_state::children_map::iterator supervisor_state::find(const std::string& kind,
                                                                const std::string& key) {
  auto number = names_.find({kind, key});
  return number == names_.end() ? children_.end() : children_.find(number->second);
}

supervisor_state::children_map::iterator supervisor_state::last_alive(uint64_t first,
                                                                      bool those_that_stop_last) {
  for (auto which = children_.end(); which != children_.begin();) {
    --which;
    if (which->first < first)
      break;
    if (which->second.actor && (those_that_stop_last || !which->second.spec.stops_last))
      return which;
  }
  return children_.end();
}

supervisor_actor::behavior_type
supervisor(observed_pointer<supervisor_actor, supervisor_state> self, supervisor_setup setup) {
  self->state.open(std::move(setup));
  return {
    [self](const start_child& request) { return self->state.add(request.spec); },
    [self](const stop_child& request) { return self->state.remove(request); },
    [self](const restart_child& request) { return self->state.renew(request); },
    [self](stop_supervisor) { return self->state.stop(); },
  };
}

} // namespace nova
