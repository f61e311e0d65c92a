#include "jobs/upkeep.hpp"

#include "actors/maintenance_task.hpp"
#include "actors/observed_actor.hpp"
#include "actors/promised_answer.hpp"
#include "base/log.hpp"
#include "jobs/upkeep_task.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "messages/timer.hpp"
#include "pg/error.hpp"
#include "pg/jobs/end_upkeep.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

// A task that may take long blocks a thread of its own: `upkeep_runner`. Who is ended, by a
// deadline or with its node, is `upkeep_run`, which waits for it; it then has the statement
// cancelled, from one more thread, because that blocks too.
namespace nova::jobs {

struct do_task {
  upkeep_task task;
};

struct task_done {
  pg::upkeep_outcome outcome;
};

} // namespace nova::jobs

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::do_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::task_done)

namespace nova::jobs {
namespace {

constexpr base::log upkeep_log{"Upkeep"};

constexpr const char* built_in = "built_in";
// The pool's statements end after a minute.
constexpr std::chrono::seconds statement_limit{90};
// Of a VACUUM of hundreds of gigabytes; a run that hangs must end some day.
constexpr std::chrono::seconds task_limit = std::chrono::hours{12};

using upkeep_runner_actor = caf::typed_actor<
  // Answers when the task is done, failed or ended.
  caf::replies_to<do_task>::with<task_done>>;

struct upkeep_runner_state : observed {
  static inline const char* name = "upkeep_runner";

  explicit upkeep_runner_state(upkeep_runner_actor::pointer self) : observed(self), self(self) {}

  pg::upkeep_outcome run(const upkeep_task& task) {
    doing(task.name);
    try {
      pg::connection_settings settings;
      settings.url = to.url;
      settings.prepare = to.prepare;
      settings.application_name = to.application_name;
      settings.statement_timeout = std::chrono::milliseconds::zero();
      pg::connection conn{settings};
      return do_upkeep(conn, task, means, *stop);
    } catch (const pg::error& reason) { // it could not connect
      return {.end = pg::upkeep_end::failed,
              .error_class = std::string(pg::to_string(reason.kind())),
              .text = reason.what()};
    } catch (const upkeep_stopped& reason) { // nobody waits for the answer
      return {.end = pg::upkeep_end::failed, .error_class = "stopped", .text = reason.what()};
    }
  }

  upkeep_runner_actor::pointer self;
  database_settings to;
  upkeep_means means;
  std::shared_ptr<upkeep_stop> stop;
};

upkeep_runner_actor::behavior_type
upkeep_runner(observed_pointer<upkeep_runner_actor, upkeep_runner_state> self, directory_slot slot,
              database_settings to, upkeep_means means, std::shared_ptr<upkeep_stop> stop) {
  self->state.slot = std::move(slot);
  self->state.to = std::move(to);
  self->state.means = std::move(means);
  self->state.stop = std::move(stop);
  return {
    [self](const do_task& wanted) { return task_done{self->state.run(wanted.task)}; },
  };
}

/// Cancels what a runner does, and ends.
untold_actor::behavior_type canceller(untold_actor::pointer self,
                                      std::shared_ptr<upkeep_stop> stop) {
  stop->end();
  self->quit();
  return untold();
}

struct upkeep_run_state : observed {
  static inline const char* name = "upkeep_run";

  explicit upkeep_run_state(handler_actor::pointer self) : observed(self), self(self) {}

  caf::result<batch_outcome> start(const job_batch& batch) {
    answer = owe_answer<batch_outcome>(self);
    job = batch.jobs->front();
    doing("task " + job.type);
    if (auto task = read_upkeep_task(job.type, job.body); !task)
      end(failed("bad_task", base::to_string(task.error())));
    else if (task->kind == built_in)
      run_built_in();
    else
      run_long(std::move(*task));
    return answer;
  }

  static pg::upkeep_outcome failed(std::string kind, std::string why) {
    return {.end = pg::upkeep_end::failed, .error_class = std::move(kind), .text = std::move(why)};
  }

  void run_built_in() {
    auto which = maintenance_task_of(job.type);
    if (!which) {
      end(failed("unknown_task", "this program has no task " + job.type + " built in"));
      return;
    }
    auto began = self->clock().now();
    ask(self, needs.database, run_maintenance{*which, needs.search_batch}, statement_limit)
      .then(
        [this, which, began](uint64_t rows) {
          pg::upkeep_outcome outcome{.rows = static_cast<int64_t>(rows)};
          if (*which == maintenance_task::fill_search)
            outcome.after = pause_after(self->clock().now() - began);
          end(std::move(outcome));
        },
        [this](const caf::error& reason) { end(failed("database", describe(reason))); });
  }

  [[nodiscard]] std::chrono::milliseconds pause_after(std::chrono::nanoseconds took) const {
    auto whole = std::chrono::ceil<std::chrono::milliseconds>(took);
    return std::max(needs.search_pause, whole * needs.search_idle_factor);
  }

  void run_long(upkeep_task task) {
    auto stop = std::make_shared<upkeep_stop>();
    runner = self->spawn<caf::linked + caf::detached>(
      upkeep_runner, open_child(needs.directory, "upkeep_runner", task.name), needs.connection,
      needs.means, stop);
    self->attach_functor(
      [stop, &system = self->system()] { system.spawn<caf::detached>(canceller, stop); });
    timed_request(self, runner, task_limit, do_task{std::move(task)})
      .then([this](task_done& done) { end(std::move(done.outcome)); },
            [this](const caf::error& reason) { end(failed("crashed", describe(reason))); });
  }

  void end(pg::upkeep_outcome outcome) {
    if (outcome.rows > 0 || outcome.bytes > 0) // of a failure the claimer tells
      upkeep_log.debug("done", {{"task", job.type}, {"rows", outcome.rows}});
    job_outcome told{outcome.end == pg::upkeep_end::failed ? verdict::retry : verdict::done,
                     outcome.error_class,
                     outcome.text,
                     {},
                     true};
    ask(self, needs.database, pg::end_upkeep{job.type, job.token, std::move(outcome)})
      .then(
        [this, told](bool good) {
          answer.deliver(batch_outcome{
            {good ? told
                  : job_outcome{verdict::snooze, "stale", "another has it by now", {}, true}}});
        },
        [this](const caf::error& reason) {
          // What was done is done; the same again does no harm.
          answer.deliver(
            batch_outcome{{{verdict::retry, "database", describe(reason), {}, false}}});
        });
  }

  handler_actor::pointer self;
  upkeep_needs needs;
  claimed_job job;
  upkeep_runner_actor runner; // without a handle to it, it would end
  promised_answer<batch_outcome> answer;
};

handler_actor::behavior_type upkeep_run(observed_pointer<handler_actor, upkeep_run_state> self,
                                        directory_slot slot, upkeep_needs needs) {
  self->state.slot = std::move(slot);
  self->state.needs = std::move(needs);
  return {
    [self](const job_batch& batch) { return self->state.start(batch); },
  };
}

} // namespace

handler upkeep_handler(const upkeep_needs& needs) {
  handler made;
  made.timeout = task_limit;
  made.start = [needs](caf::local_actor* parent, directory_slot slot) {
    return parent->spawn<caf::linked>(upkeep_run, std::move(slot), needs);
  };
  return made;
}

} // namespace nova::jobs
