#include "actors/backfills.hpp"

#include "actors/job.hpp"
#include "base/log.hpp"
#include "messages/error.hpp"
#include "messages/owed_answer.hpp"
#include "messages/timed_request.hpp"

#include <caf/stateful_actor.hpp>

namespace nova {
namespace {

constexpr base::log log{"Backfills"};

using namespace std::chrono_literals;

constexpr auto database_timeout = 60s;
constexpr auto after_trouble = 1s;
constexpr auto after_failure = 2s;

} // namespace

caf::result<work_ended> backfills_state::accept_job(const queue_message& job) {
  auto parsed = parse_backfill_job(job.body);
  if (!parsed)
    return work_ended{message_fate::archived, false, to_string(parsed.error())};
  // The row is the truth: once it says pending or later, the queue message has done its work.
  auto answer = owe_answer<work_ended>(self);
  timed_request(self, links.database, database_timeout, open_backfill{parsed->config})
    .then(
      [this, answer, config = parsed->config](const backfill_opened&) mutable {
        start(config);
        answer.deliver(work_ended{message_fate::removed, false, {}});
      },
      [answer](const caf::error& reason) { answer.deliver(reason); });
  return answer;
}

void backfills_state::look_after(std::chrono::milliseconds delay) {
  self->delayed_send(self, delay, look_for_backfills{++generation});
}

void backfills_state::look(uint64_t of_generation) {
  // 0 is a hint from elsewhere; an older timer does nothing.
  if (of_generation != 0 && of_generation != generation)
    return;
  timed_request(self, links.database, database_timeout, find_backfills{})
    .then(
      [this](const backfills_found& found) {
        for (const auto& info : found.backfills)
          if (info.inbox_status != "auth_expired" && info.inbox_status != "disabled")
            start(info.config);
        look_after(settings.poll);
      },
      [this](const caf::error& reason) {
        log.warn("cannot look for backfills", {{"reason", describe(reason)}});
        look_after(after_trouble);
      });
}

void backfills_state::start(const config_id& config) {
  if (running.count(config) > 0 || running.size() >= settings.running_max)
    return;
  auto entry = open_child(links.directory, "backfill", config.value);
  auto child =
    self->spawn<caf::linked + caf::monitored>(backfill, entry, config, links, settings.backfill);
  running.emplace(config, child.address());
  children.emplace(child.address(), child_entry{config, std::move(entry)});
}

bool backfills_state::child_exited(const caf::actor_addr& child) {
  // A crash is told twice, by link and by monitor, in either order; the second one ends the matter.
  if (half_gone.erase(child) > 0)
    return true;
  auto found = children.find(child);
  if (found == children.end())
    return false;
  half_gone.insert(child);
  return true;
}

void backfills_state::child_down(const caf::actor_addr& child, const caf::error& reason) {
  auto found = children.find(child);
  if (found == children.end())
    return;
  if (reason) {
    child_exited(child);
    log.error("backfill ended badly",
              {{"config", found->second.config}, {"reason", describe(reason)}});
    // Without a database it cannot begin; that is no failure of its own.
    if (!blameless(reason))
      record_child(links.directory, found->second.entry, reason);
  }
  running.erase(found->second.config);
  children.erase(found);
  // Not at once: what failed may fail again.
  look_after(after_failure);
}

backfills_actor::behavior_type backfills(observed_pointer<backfills_actor, backfills_state> self,
                                         base::directory_slot slot, backfill_links links,
                                         backfills_settings settings) {
  self->state.slot = std::move(slot);
  self->state.links = std::move(links);
  self->state.settings = settings;
  self->set_down_handler(
    [self](caf::down_msg& down) { self->state.child_down(down.source, down.reason); });
  self->set_exit_handler([self](caf::exit_msg& exit) {
    if (exit.reason && !self->state.child_exited(exit.source))
      self->quit(exit.reason);
  });
  self->send(self, look_for_backfills{0});
  return {
    [self](const queue_message& job) { return self->state.accept_job(job); },
    [self](const start_backfill& request) { self->state.start(request.config); },
    [self](const look_for_backfills& due) { self->state.look(due.generation); },
  };
}

} // namespace nova
