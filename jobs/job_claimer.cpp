#include "jobs/job_claimer.hpp"

#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "pg/integrations/claim_syncs.hpp"
#include "pg/jobs/claim_upkeep.hpp"
#include "pg/jobs/queues_due.hpp"
#include "pg/messenger/messenger_claim.hpp"
#include "pg/messenger/messenger_mark_alone.hpp"
#include "pg/queue/queue_read.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace nova::jobs {
namespace {

constexpr base::log job_claimer_log{"Jobs"};

using namespace std::chrono_literals;

// Queues that one poll looks at, in turn; of thousands the wakeups find those that have work.
constexpr size_t queues_per_poll = 100;

// The least time between two looks for runs of syncs that nobody told of.
constexpr std::chrono::milliseconds sync_pause{200};

std::string place_of(source from, const std::string& place) {
  return to_string(from) + ' ' + place;
}

} // namespace

void job_claimer_state::start() {
  ended_.emplace(settings.tries_max);
  settings.metrics.running.set(0); // of an earlier life
  hold();
  poll();
}

void job_claimer_state::hear(const jobs_available& news) {
  // What was sent may be for a broker. It tells us too, of what comes from there.
  if (needs.brokers && self->current_sender() != needs.brokers)
    self->send(needs.brokers, news);
  switch (news.of) {
    case jobs_available::kind::messages: mark_due(source::message, news.transport); break;
    case jobs_available::kind::anything:
    case jobs_available::kind::handlers: look_for_sources(); return;
    case jobs_available::kind::tasks:
      mark_all_due(source::task);
      mark_all_due(source::sync);
      break;
    case jobs_available::kind::schedules: return;
  }
  look();
}

void job_claimer_state::hear(const queue_woken& news) {
  mark_due(source::queue, news.queue);
  look();
}

void job_claimer_state::look_for_sources() {
  look_again_ = std::exchange(looking_, true);
  if (look_again_)
    return;
  constexpr auto what = "look for handlers";
  ask(self, needs.database, look_for_handlers{digest_})
    .then(
      [this](look_for_handlers::answer& found) {
        could(job_claimer_log, what);
        looking_ = false;
        use(std::move(found));
        if (std::exchange(look_again_, false))
          look_for_sources();
      },
      [this](const caf::error& reason) {
        looking_ = look_again_ = false;
        could_not(job_claimer_log, what, describe(reason));
      });
}

/// What is claimed of a source that is no longer wanted is still done; its place stays.
void job_claimer_state::use(look_for_handlers::answer&& found) {
  brokers_ = std::move(found.brokers);
  if (!found.handlers) {
    mark_all_due(source::task);
    mark_all_due(source::sync);
    mark_all_due(source::message);
    look();
    return;
  }
  digest_ = std::move(found.digest);
  handlers_ = handler_table{*found.handlers, needs.built_in, needs.makers};
  looked_ = true;
  sources_.clear();
  places_.clear();
  due_.clear();
  auto add = [this](source from, const std::string& place) {
    places_.emplace(place_of(from, place), sources_.size());
    sources_.push_back({from, place});
  };
  messenger_ = found.messenger;
  integrations_ = found.integrations;
  if (needs.tasks)
    add(source::task, {});
  if (needs.syncs && integrations_)
    add(source::sync, {});
  if (messenger_) {
    std::vector<std::string> transports{handlers_.transports().begin(),
                                        handlers_.transports().end()};
    for (const auto& transport : settings.transports.empty() ? transports : settings.transports)
      add(source::message, transport);
  }
  if (settings.pushes)
    for (const auto& queue : handlers_.queues())
      add(source::queue, queue);
  for (size_t i = 0; i < sources_.size() && i < queues_per_poll; ++i)
    mark_due(i);
  show();
  look();
}

void job_claimer_state::mark_due(size_t which) {
  if (!std::exchange(sources_[which].due, true))
    due_.push_back(which);
}

void job_claimer_state::mark_all_due(source from) {
  for (size_t i = 0; i < sources_.size() && sources_[i].from != source::queue; ++i)
    if (sources_[i].from == from)
      mark_due(i);
}

void job_claimer_state::mark_due(source from, const std::string& place) {
  if (auto found = places_.find(place_of(from, place)); found != places_.end())
    mark_due(found->second);
}

void job_claimer_state::poll() {
  next_poll_.after(settings.poll, [this] { poll(); });
  if (draining_)
    return;
  look_for_sources();
  look_at_queues();
}

/// Some of the queues, in turn.
void job_claimer_state::look_at_queues() {
  std::vector<std::string> some;
  for (size_t seen = 0; seen < sources_.size() && some.size() < queues_per_poll; ++seen) {
    const auto& one = sources_[next_queue_++ % sources_.size()];
    if (one.from == source::queue)
      some.push_back(one.place);
  }
  if (some.empty())
    return;
  constexpr auto what = "look at queues that push";
  ask(self, needs.database, pg::queues_due{some})
    .then(
      [this](const std::vector<pg::queue_due>& found) {
        could(job_claimer_log, what);
        for (const auto& [queue, in] : found)
          if (in <= 0ms)
            mark_due(source::queue, queue);
          else if (in < settings.poll)
            call_after(self, in, [this, name = queue] { hear(queue_woken{name}); });
        look();
      },
      [this](const caf::error& reason) { could_not(job_claimer_log, what, describe(reason)); });
}

/// Sets timers for the next message, task and run of a sync that wait for their time.
void job_claimer_state::see_ahead() {
  if (std::exchange(ahead_, true))
    return;
  ask(self, needs.database,
      look_ahead{messenger_, needs.tasks.has_value(), needs.syncs && integrations_})
    .then(
      [this](const look_ahead::answer& next) {
        ahead_ = false;
        come_back(next_message_, next.message, source::message);
        come_back(next_task_, next.task, source::task);
        // Those that others hold, or that no node has room for, are not asked for all the time.
        come_back(next_sync_,
                  next.sync ? std::optional{std::max(*next.sync, sync_pause)} : std::nullopt,
                  source::sync);
      },
      [this](const caf::error&) { ahead_ = false; }); // the poll looks again
}

void job_claimer_state::come_back(timer& when, std::optional<std::chrono::milliseconds> in,
                                  source from) {
  if (in && *in < settings.poll)
    when.after(std::max(*in, 1ms), [this, from] {
      mark_all_due(from);
      look();
    });
}

const handler* job_claimer_state::handler_of(const claimed_job& job) const {
  if (job.from == source::sync && needs.syncs)
    return &*needs.syncs;
  return job.from == source::task && needs.tasks ? &*needs.tasks : handlers_.find(job);
}

uint32_t job_claimer_state::credit() const {
  auto held = in_running_ + asking_ + asked_ + alone_.size() + ended_->size();
  auto free = settings.window > held ? settings.window - static_cast<uint32_t>(held) : 0;
  if (settings.limit > 0)
    free = static_cast<uint32_t>(
      std::min<uint64_t>(free, settings.limit - std::min(settings.limit, taken_ + asked_)));
  return free < settings.refill && held > 0 ? 0 : std::min(free, settings.batch);
}

/// The same of one source. When a run of a sync ends, its source is due again.
uint32_t job_claimer_state::credit_of(source from) const {
  if (from != source::sync)
    return credit();
  auto held = syncs_asked_ + std::ranges::count_if(running_, [](const auto& one) {
                return one.second.jobs->front().from == source::sync;
              });
  auto most = static_cast<int64_t>(settings.syncs_max);
  return std::min(credit(), static_cast<uint32_t>(std::max<int64_t>(most - held, 0)));
}

void job_claimer_state::look() {
  if (draining_ || !looked_ || one_alone_)
    return;
  if (!alone_.empty()) {
    if (in_running_ + asking_ + claims_ == 0)
      run_alone();
    return;
  }
  while (!due_.empty() && claims_ < settings.claims && credit() > 0) {
    auto which = due_.front();
    due_.pop_front();
    sources_[which].due = false;
    if (credit_of(sources_[which].from) == 0)
      continue;
    claim(sources_[which].from, sources_[which].place);
    if (sources_[which].full)
      mark_due(which);
  }
}

void job_claimer_state::claim(source from, const std::string& place) {
  auto wanted = credit_of(from);
  ++claims_;
  asked_ += wanted;
  if (from == source::sync)
    syncs_asked_ += wanted;
  auto began = self->clock().now();
  constexpr auto what = "claim jobs";
  auto failed = [this, from, wanted, named = place_of(from, place)](const caf::error& reason) {
    --claims_;
    asked_ -= wanted;
    if (from == source::sync)
      syncs_asked_ -= wanted;
    could_not(job_claimer_log, what, named + ": " + describe(reason));
    // The poll comes back to it; the others are not kept from their turn.
    if (draining_)
      end_if_drained();
    else
      look();
  };
  auto answer = [this, from, place, wanted, began](auto& found) {
    could(job_claimer_log, what);
    settings.metrics.claim_seconds.observe(self->clock().now() - began);
    claimed(from, place, jobs_of(place, std::move(found)), wanted);
  };
  if (from == source::message && brokers_.count(place) > 0)
    claim_deliveries_of(place, wanted);
  else if (from == source::message)
    ask(self, needs.database,
        pg::messenger_claim{place, settings.queues, settings.worker, static_cast<int32_t>(wanted),
                            settings.lease})
      .then([answer](std::vector<pg::claimed_message>& found) mutable { answer(found); }, failed);
  else if (from == source::task)
    ask(self, needs.database,
        pg::claim_upkeep{settings.worker, settings.lease, static_cast<int32_t>(wanted)})
      .then([answer](std::vector<pg::claimed_upkeep>& found) mutable { answer(found); }, failed);
  else if (from == source::sync)
    ask(self, needs.database,
        pg::claim_syncs{{settings.worker, std::chrono::ceil<std::chrono::seconds>(settings.lease)},
                        wanted})
      .then([answer](std::vector<pg::claimed_sync>& found) mutable { answer(found); }, failed);
  else
    ask(self, needs.database,
        pg::queue_read{place, std::chrono::ceil<std::chrono::seconds>(settings.lease).count(),
                       wanted, settings.epoch})
      .then([answer](std::vector<queue_message>& found) mutable { answer(found); }, failed);
}

/// Of who was not reached the next poll asks again.
void job_claimer_state::claim_deliveries_of(const std::string& transport, uint32_t wanted) {
  if (!needs.brokers) {
    claimed(source::message, transport, {}, wanted);
    return;
  }
  timed_request(self, needs.brokers, query_timeout, claim_deliveries{transport, wanted})
    .then(
      [this, transport, wanted](deliveries_claimed& found) {
        claimed(source::message, transport, std::move(found.jobs), wanted);
      },
      [this, transport, wanted](const caf::error& reason) {
        could_not(job_claimer_log, "claim jobs", transport + ": " + describe(reason));
        claimed(source::message, transport, {}, wanted);
      });
}

void job_claimer_state::claimed(source from, const std::string& place,
                                std::vector<claimed_job>&& jobs, uint32_t asked) {
  --claims_;
  asked_ -= asked;
  if (from == source::sync)
    syncs_asked_ -= asked;
  taken_ += jobs.size();
  if (draining_) {
    give_back(std::move(jobs));
    end_if_drained();
    return;
  }
  bool full = jobs.size() >= asked;
  if (auto found = places_.find(place_of(from, place)); found != places_.end())
    sources_[found->second].full = full;
  if (full)
    mark_due(from, place);
  else if (from != source::queue)
    see_ahead();
  hand_out(std::move(jobs));
  look();
}

void job_claimer_state::run_all(std::vector<claimed_job>&& jobs) {
  std::vector<std::pair<const handler*, std::vector<claimed_job>>> chunks;
  for (auto& job : jobs) {
    const auto* how = handler_of(job);
    if (how == nullptr) {
      end(job, {verdict::retry, "no_handler", why_nobody(job)});
      continue;
    }
    if (job.crashes > 0 && how->in_process) {
      alone_.push_back(std::move(job));
      continue;
    }
    auto chunk = std::ranges::find(chunks, how, [](const auto& one) { return one.first; });
    if (chunk == chunks.end())
      chunk = chunks.insert(chunks.end(), {how, {}});
    chunk->second.push_back(std::move(job));
    if (chunk->second.size() >= how->chunk)
      run(std::exchange(chunk->second, {}), *how);
  }
  for (auto& [how, rest] : chunks)
    if (!rest.empty())
      run(std::move(rest), *how);
  show();
}

void job_claimer_state::give_back(std::vector<claimed_job>&& jobs) {
  for (auto& job : jobs)
    end(job, {verdict::snooze, "", "given back"});
}

void job_claimer_state::run_alone() {
  auto job = std::move(alone_.front());
  alone_.pop_front();
  one_alone_ = true;
  const auto* how = handler_of(job);
  if (how == nullptr) {
    one_alone_ = false;
    end(job, {verdict::retry, "no_handler", why_nobody(job)});
    look();
    return;
  }
  auto begin = [this, job](bool ours) {
    if (!ours) {
      one_alone_ = false;
      look();
      return;
    }
    job_claimer_log.warn("a job runs alone: the process that had it last ended without a word",
                         {{"job", name_of(job)}, {"type", job.type}});
    if (const auto* found = handler_of(job))
      run({job}, *found);
  };
  if (job.from != source::message || !job.receipt.empty())
    return begin(true);
  ask(self, needs.database, pg::messenger_mark_alone{job.id, job.token})
    .then([begin](bool ours) { begin(ours); },
          [this, job](const caf::error& reason) {
            one_alone_ = false;
            end(job, {verdict::snooze, "", describe(reason)});
            look();
          });
}

void job_claimer_state::run(std::vector<claimed_job>&& jobs, const handler& how) {
  auto number = ++batches_;
  running_batch batch;
  batch.jobs = std::make_shared<const std::vector<claimed_job>>(std::move(jobs));
  const auto& first = batch.jobs->front();
  batch.slot = open_child(needs.directory, "job",
                          batch.jobs->size() == 1 ? name_of(first)
                                                  : fmt::format("{} and {} more", name_of(first),
                                                                batch.jobs->size() - 1));
  batch.child = how.start(self, batch.slot);
  batch.began = self->clock().now();
  children_.insert(batch.child->address());
  in_running_ += batch.jobs->size();
  auto limit = how.timeout;
  timed_request(self, batch.child, limit, job_batch{batch.jobs})
    .then([this, number](batch_outcome& all) { answered(number, all.outcomes); },
          [this, number, limit](const caf::error& reason) { broke(number, reason, limit); });
  running_.emplace(number, std::move(batch));
}

jobs_wakeup_actor::behavior_type
job_claimer(observed_pointer<jobs_wakeup_actor, job_claimer_state> self, directory_slot slot,
            job_claimer_needs needs, job_claimer_settings settings) {
  auto& state = self->state;
  state.slot = std::move(slot);
  state.needs = std::move(needs);
  state.settings = std::move(settings);
  self->set_exit_handler([self](caf::exit_msg& exit) {
    if (self->state.child_exited(exit.source))
      return;
    if (exit.reason == caf::exit_reason::user_shutdown)
      self->state.drain();
    else if (exit.reason)
      self->quit(exit.reason);
  });
  state.start();
  return {
    [self](const jobs_available& news) { self->state.hear(news); },
    [self](const queue_woken& news) { self->state.hear(news); },
  };
}

} // namespace nova::jobs
