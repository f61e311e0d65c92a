#include "actors/thread_dispatcher.hpp"

#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "pg/email/cancelled_backfills.hpp"
#include "pg/email/claim_threads.hpp"
#include "pg/email/fail_threads.hpp"
#include "pg/email/release_threads.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace nova {
namespace {

constexpr base::log thread_dispatcher_log{"ThreadDispatcher"};

using namespace std::chrono_literals;

constexpr auto failures_delay = 20ms;
constexpr size_t failures_per_write = 1000;
constexpr int64_t crash_delay_ms = 1000;

} // namespace

uint32_t thread_dispatcher_state::window() const {
  if (settings.thread_delay > 0ms)
    return 1;
  auto live = settings.live ? settings.live->threads.load(std::memory_order_relaxed) : 0;
  return live > 0 ? live : settings.window;
}

void thread_dispatcher_state::start() {
  settings.metrics.running.set(0); // of an earlier life
  overdue.after(settings.overdue_look, [this] { end_overdue(); });
  release_held();
}

void thread_dispatcher_state::release_held() {
  constexpr auto what = "give back threads";
  ask(self, needs.database, pg::release_threads{settings.node})
    .then(
      [this](uint64_t count) {
        could(thread_dispatcher_log, what);
        released = true;
        if (count > 0)
          thread_dispatcher_log.info("threads of an earlier run given back", {{"count", count}});
        look();
      },
      [this](const caf::error& reason) {
        could_not(thread_dispatcher_log, what, describe(reason));
        tick_after(retry_pause);
      });
}

void thread_dispatcher_state::tick() {
  tick_due.reset();
  if (!released) {
    release_held();
    return;
  }
  more = true;
  look();
}

void thread_dispatcher_state::tick_after(std::chrono::milliseconds delay) {
  // The earlier one stands: it looks for all that is due by then, and sets the next.
  auto due = self->clock().now() + delay;
  if (tick_due && *tick_due <= due)
    return;
  tick_due = due;
  next_tick.after(delay, [this] { tick(); });
}

void thread_dispatcher_state::wake() {
  more = true;
  woken = true;
  look();
}

void thread_dispatcher_state::look() {
  auto busy = static_cast<uint32_t>(running.size());
  auto credit = window() > busy ? window() - busy : 0;
  auto wanted = std::min(settings.refill, window());
  if (draining || !released || claiming || !more || (credit < wanted && busy > 0))
    return;
  // What is claimed could not be worked at, and other nodes may be able to.
  if (settings.live && settings.live->provider_away.load(std::memory_order_relaxed)) {
    tick_after(retry_pause);
    return;
  }
  if (auto now = self->clock().now(); now < rest_until) {
    tick_after(std::chrono::ceil<std::chrono::milliseconds>(rest_until - now));
    return;
  }
  claiming = true;
  woken = false;
  constexpr auto what = "claim threads";
  ask(self, needs.database, pg::claim_threads{settings.node, settings.epoch, credit})
    .then(
      [this, credit, began = self->clock().now()](std::vector<thread_claim>& claims) {
        could(thread_dispatcher_log, what);
        settings.metrics.claim_seconds.observe(self->clock().now() - began);
        claimed(claims, credit);
      },
      [this](const caf::error& reason) {
        claiming = false;
        could_not(thread_dispatcher_log, what, describe(reason));
        if (draining)
          drain();
        else
          tick_after(retry_pause);
      });
}

void thread_dispatcher_state::claimed(std::vector<thread_claim>& claims, uint32_t asked) {
  claiming = false;
  if (draining) {
    // They are this node's by now; its end gives them back.
    drain();
    return;
  }
  // A short answer means that nothing is left; a wakeup or the tick looks again. What a wakeup
  // meant may have come after the claim.
  more = claims.size() >= asked || woken;
  for (auto& claim : claims)
    run(std::move(claim));
  if (more) {
    look();
    return;
  }
  wake_completion();
  tick_after(settings.poll);
}

void thread_dispatcher_state::wake_completion() {
  // A failure that is not written yet is unfinished to whoever counts.
  auto idle = !more && running.empty() && failures.empty() && !writing_failures;
  if (idle && std::exchange(ended_some, false) && needs.monitor)
    self->send(needs.monitor, check_completion{});
}

void thread_dispatcher_state::run(thread_claim&& claim) {
  auto entry = open_child(needs.directory, "thread_sync", claim.thread.value);
  auto child =
    self->spawn<caf::linked>(thread_sync, entry, claim,
                             thread_sync_needs{needs.grants, needs.store, self, needs.database},
                             settings.thread);
  claim.named.clear();
  running.emplace(child.address(),
                  running_thread{std::move(claim), self->clock().now(), std::move(entry)});
  settings.metrics.running.set(static_cast<double>(running.size()));
}

void thread_dispatcher_state::ended(thread_ended&& result) {
  if (auto child = running.find(caf::actor_cast<caf::actor_addr>(self->current_sender()));
      child != running.end())
    child->second.claim.reset();
  settings.metrics.ended.at(static_cast<size_t>(result.outcome)).add();
  thread_failure failure{result.claim, result.reason, false, false, result.delay_ms};
  switch (result.outcome) {
    case thread_outcome::completed: ++completed; return;
    case thread_outcome::stale:
      thread_dispatcher_log.info("thread belongs to another by now",
                                 {{"thread", result.claim.thread}});
      return;
    case thread_outcome::later: failure.throttled = true; break;
    case thread_outcome::failed: failure.permanent = true; break;
    case thread_outcome::retry: break;
  }
  thread_dispatcher_log.debug("thread not synced", {{"thread", result.claim.thread},
                                                    {"outcome", to_string(result.outcome)},
                                                    {"reason", result.reason}});
  fail(std::move(failure));
}

bool thread_dispatcher_state::child_exited(const caf::actor_addr& child, const caf::error& reason) {
  auto found = running.find(child);
  if (found == running.end())
    return false;
  if (const auto& claim = found->second.claim) {
    thread_dispatcher_log.error("thread sync ended badly",
                                {{"thread", claim->thread}, {"reason", describe(reason)}});
    settings.metrics.crashed.add();
    record_child(needs.directory, found->second.entry, reason);
    fail({*claim, "thread_sync: " + describe(reason), false, false, crash_delay_ms});
  }
  running.erase(found);
  ended_some = true;
  settings.metrics.running.set(static_cast<double>(running.size()));
  if (draining)
    drain();
  else if (settings.thread_delay > 0ms)
    rest();
  else
    look();
  wake_completion();
  return true;
}

void thread_dispatcher_state::rest() {
  rest_until = self->clock().now() + settings.thread_delay;
  more = true;
  tick_after(settings.thread_delay);
}

void thread_dispatcher_state::drain() {
  if (!std::exchange(draining, true))
    draining_since = self->clock().now();
  doing("draining: " + std::to_string(running.size()) + " threads");
  if (running.empty() && failures.empty() && !writing_failures && !claiming)
    self->quit(caf::exit_reason::user_shutdown);
}

void thread_dispatcher_state::end_overdue() {
  overdue.after(settings.overdue_look, [this] { end_overdue(); });
  auto now = self->clock().now();
  for (auto& [child, thread] : running) {
    if (!thread.claim || now - thread.began < settings.thread_limit)
      continue;
    thread_dispatcher_log.error("thread sync took too long", {{"thread", thread.claim->thread}});
    give_up(child, thread, "it took too long");
  }
  if (draining && now - draining_since >= settings.drain_limit) {
    // The database is away: its rows say what this node held, and are given back without it.
    thread_dispatcher_log.warn("the drain took too long",
                               {{"threads", running.size()}, {"failures", failures.size()}});
    self->quit(caf::exit_reason::user_shutdown);
  }
  end_cancelled();
}

/// What it has goes back to the queue, without an attempt.
void thread_dispatcher_state::give_up(const caf::actor_addr& child, running_thread& thread,
                                      const std::string& why) {
  fail({std::move(*thread.claim), why, false, true, crash_delay_ms});
  thread.claim.reset();
  // As of nobody: an exit from here would take the link away that tells of the end. Not kill: CAF
  // ends whoever is linked to a killed actor, handler or not.
  caf::anon_send_exit(child, caf::exit_reason::user_shutdown);
}

void thread_dispatcher_state::end_cancelled() {
  std::set<config_id> configs;
  for (const auto& [child, thread] : running)
    if (thread.claim)
      configs.insert(thread.claim->config);
  if (configs.empty())
    return;
  constexpr auto what = "look for cancelled backfills";
  ask(self, needs.database, pg::cancelled_backfills{{configs.begin(), configs.end()}})
    .then(
      [this](const std::vector<config_id>& cancelled) {
        could(thread_dispatcher_log, what);
        // Their calls would use the pace that others wait for.
        for (auto& [child, thread] : running)
          if (thread.claim && std::ranges::find(cancelled, thread.claim->config) != cancelled.end())
            give_up(child, thread, "its backfill was cancelled");
      },
      [this](const caf::error& reason) {
        could_not(thread_dispatcher_log, what, describe(reason));
      });
}

void thread_dispatcher_state::fail(thread_failure&& failure) {
  // It may be claimed again when its delay is over.
  tick_after(std::min<std::chrono::milliseconds>(
    std::chrono::milliseconds{failure.delay_ms} + failures_delay + 5ms, settings.poll));
  failures.push_back(std::move(failure));
  if (!flush_failures.is_set())
    flush_failures.after(failures_delay, [this] { write_failures(); });
}

void thread_dispatcher_state::write_failures() {
  if (failures.empty() || writing_failures)
    return;
  pg::fail_threads request;
  auto count = std::min(failures.size(), failures_per_write);
  request.failures.assign(failures.begin(), failures.begin() + static_cast<long>(count));
  failures.erase(failures.begin(), failures.begin() + static_cast<long>(count));
  writing_failures = true;
  auto again = [this](std::chrono::milliseconds delay) {
    writing_failures = false;
    if (draining)
      drain();
    if (!failures.empty() && !flush_failures.is_set())
      flush_failures.after(delay, [this] { write_failures(); });
  };
  constexpr auto what = "write failures";
  ask(self, needs.database, request)
    .then(
      [this, again](const std::vector<bool>&) {
        could(thread_dispatcher_log, what);
        again(failures_delay);
        wake_completion();
      },
      [this, again, request](const caf::error& reason) {
        // Not written: the tokens still hold, so they are written later, before anything newer.
        could_not(thread_dispatcher_log, what, describe(reason));
        failures.insert(failures.begin(), request.failures.begin(), request.failures.end());
        again(retry_pause);
      });
}

thread_dispatcher_actor::behavior_type
thread_dispatcher(observed_pointer<thread_dispatcher_actor, thread_dispatcher_state> self,
                  directory_slot slot, thread_dispatcher_needs needs,
                  thread_dispatcher_settings settings) {
  self->state.slot = std::move(slot);
  self->state.needs = std::move(needs);
  self->state.settings = std::move(settings);
  // A link tells of a child's end, normal or not, and ends children with their dispatcher. A
  // monitor beside it would tell the same once more.
  self->set_exit_handler([self](caf::exit_msg& exit) {
    if (self->state.child_exited(exit.source, exit.reason) || !exit.reason)
      return;
    if (exit.reason == caf::exit_reason::user_shutdown)
      self->state.drain();
    else
      self->quit(exit.reason);
  });
  self->state.start();
  return {
    [self](threads_available) { self->state.wake(); },
    [self](thread_ended& result) { self->state.ended(std::move(result)); },
  };
}

} // namespace nova
