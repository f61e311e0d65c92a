#include "actors/backfills.hpp"

#include "actors/hosted_backfill.hpp"
#include "actors/job.hpp"
#include "actors/promised_answer.hpp"
#include "actors/remote_child.hpp"
#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "pg/email/begin_discovery.hpp"
#include "pg/email/list_backfills.hpp"

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <set>

namespace nova {
namespace {

constexpr base::log backfills_log{"Backfills"};

using namespace std::chrono_literals;

constexpr auto after_failure = 2s;
constexpr int attempts_bits = 20; // of a generation, behind the token
const std::string lease_prefix = "backfill:";

bool has_threads_to_list(const backfill_config& backfill) {
  return !backfill.discovery_done
         && (backfill.status == "pending" || backfill.status == "discovering");
}

} // namespace

caf::result<work_ended> backfills_state::accept_job(const queue_message& job) {
  auto parsed = parse_backfill_job(job.body);
  if (!parsed)
    return work_ended{message_disposition::archived, false, to_string(parsed.error())};
  // The row is the truth: once it says pending or later, the queue message has done its work.
  auto answer = owe_answer<work_ended>(self);
  ask(self, needs.database, pg::begin_discovery{parsed->config})
    .then(
      [this, answer, config = parsed->config](const pg::begun_discovery&) mutable {
        start(config);
        answer.deliver(work_ended{message_disposition::removed, false, {}});
      },
      [answer](const caf::error& reason) { answer.deliver(reason); });
  return answer;
}

void backfills_state::look_after(std::chrono::milliseconds delay) {
  next_look.after(delay, [this] { look(); });
}

void backfills_state::look() {
  constexpr auto what = "look for backfills";
  ask(self, needs.database, pg::list_backfills{})
    .then(
      [this](std::vector<backfill_config>& found) {
        could(backfills_log, what);
        std::erase_if(found, [](const auto& backfill) { return !has_threads_to_list(backfill); });
        forget_others(found);
        for (const auto& backfill : found)
          if (backfill.inbox_status != "auth_expired" && backfill.inbox_status != "disabled")
            start(backfill.id);
        look_after(settings.poll);
      },
      [this](const caf::error& reason) {
        could_not(backfills_log, what, describe(reason));
        look_after(retry_pause);
      });
}

void backfills_state::start(const config_id& config) {
  if (running.count(config) > 0)
    return;
  if (!needs.leases)
    spawn(config, 0);
  else if (auto held = wished.find(config); held == wished.end())
    wish(config);
  else if (held->second != 0)
    spawn(config, held->second);
}

void backfills_state::wish(const config_id& config) {
  if (wished.size() >= settings.wishes_max)
    return;
  wished.emplace(config, 0);
  needs.leases->want(lease_prefix + config.value, caf::actor_cast<lease_listener_actor>(self));
}

void backfills_state::forget(const config_id& config) {
  if (wished.erase(config) > 0)
    needs.leases->drop(lease_prefix + config.value);
}

/// What another node has listed to its end is not wished for any more.
void backfills_state::forget_others(const std::vector<backfill_config>& found) {
  std::set<config_id> present;
  for (const auto& backfill : found)
    present.insert(backfill.id);
  auto wishes = wished;
  for (const auto& [config, token] : wishes)
    if (running.count(config) == 0 && present.count(config) == 0)
      forget(config);
}

void backfills_state::lease_told(const lease_changed& news) {
  config_id config{news.name.substr(std::min(news.name.size(), lease_prefix.size()))};
  auto wish = wished.find(config);
  if (wish == wished.end())
    return;
  wish->second = news.token;
  auto child = running.find(config);
  if (news.token == 0 && child != running.end())
    // Another may be at work already; what this one still writes is refused for its token.
    self->send_exit(child->second, caf::exit_reason::user_shutdown);
  else if (news.token != 0)
    start(config);
}

void backfills_state::spawn(const config_id& config, int64_t token, std::set<int64_t> avoided) {
  if (running.size() >= settings.running_max) {
    forget(config);
    return;
  }
  auto host = needs.place && token != 0 ? needs.place(config, avoided) : std::nullopt;
  auto entry = open_child(needs.directory, host ? "remote_child" : "backfill", config.value);
  auto child = host
                 ? place(config, token, *host, entry)
                 : caf::actor_cast<caf::strong_actor_ptr>(self->spawn<caf::linked + caf::monitored>(
                   backfill, entry, backfill_task{config, token}, needs, settings.backfill));
  auto address = caf::actor_cast<caf::actor_addr>(child);
  running.emplace(config, address);
  if (host)
    avoided.insert(host->node);
  else
    avoided.clear();
  children.emplace(address,
                   child_entry{config, std::move(entry), std::move(avoided), std::move(child)});
}

caf::strong_actor_ptr backfills_state::place(const config_id& config, int64_t token,
                                             const peer& host, const directory_slot& entry) {
  remote_child_setup setup;
  setup.slot = entry;
  setup.kind = "backfill";
  setup.key = config.value;
  setup.arguments = token_arguments(token);
  // Later holders of the lease have greater tokens.
  setup.generation = (static_cast<uint64_t>(token) << attempts_bits)
                     + (++placed & ((uint64_t{1} << attempts_bits) - 1));
  setup.patient = false;
  setup.choose = [host](const std::set<int64_t>& refused) {
    return refused.empty() ? std::optional{host} : std::nullopt;
  };
  return caf::actor_cast<caf::strong_actor_ptr>(
    self->spawn<caf::linked + caf::monitored>(remote_child, std::move(setup)));
}

/// The node that ran it is gone or does not take it: nobody's fault, and the lease is still held.
bool backfills_state::moved(const child_entry& child, const caf::error& reason) {
  if (child.tried.empty() || (reason != ec::node_lost && reason != ec::not_possible))
    return false;
  auto held = wished.find(child.config);
  if (held == wished.end() || held->second == 0)
    return false;
  backfills_log.info("backfill moves", {{"config", child.config}, {"reason", describe(reason)}});
  spawn(child.config, held->second, child.tried);
  return true;
}

void backfills_state::stop(const caf::error& reason) {
  // Now, not when the node leaves: others go on with the listing meanwhile.
  auto wishes = wished;
  for (const auto& [config, token] : wishes)
    forget(config);
  self->quit(reason);
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
  if (reason)
    child_exited(child);
  auto ended = std::move(found->second);
  running.erase(ended.config);
  children.erase(found);
  if (moved(ended, reason))
    return;
  if (reason && reason != caf::exit_reason::user_shutdown) {
    backfills_log.error("backfill ended badly",
                        {{"config", ended.config}, {"reason", describe(reason)}});
    // Without a database it cannot begin; that is no failure of its own.
    if (!blameless(reason))
      record_child(needs.directory, ended.entry, reason);
  }
  forget(ended.config);
  // Not at once: what failed may fail again.
  look_after(after_failure);
}

backfills_actor::behavior_type backfills(observed_pointer<backfills_actor, backfills_state> self,
                                         directory_slot slot, backfill_needs needs,
                                         backfills_settings settings) {
  self->state.slot = std::move(slot);
  self->state.needs = std::move(needs);
  self->state.settings = settings;
  self->set_down_handler(
    [self](caf::down_msg& down) { self->state.child_down(down.source, down.reason); });
  self->set_exit_handler([self](caf::exit_msg& exit) {
    if (exit.reason && !self->state.child_exited(exit.source))
      self->state.stop(exit.reason);
  });
  self->state.look();
  return {
    [self](const queue_message& job) { return self->state.accept_job(job); },
    [self](const start_backfill& request) { self->state.start(request.config); },
    [self](const lease_changed& news) { self->state.lease_told(news); },
  };
}

} // namespace nova
