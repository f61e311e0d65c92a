#include "syncs/sync_handler.hpp"

#include "actors/observed_actor.hpp"
#include "actors/promised_answer.hpp"
#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "messages/timer.hpp"
#include "pg/error.hpp"
#include "pg/integrations/end_sync_run.hpp"
#include "pg/integrations/sync_claim_state.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

// As with upkeep: a run blocks a thread of its own, `sync_runner`. Who is ended is `sync_run`,
// which waits for it, and has its statements cancelled from one more thread, because that blocks
// too.
namespace nova::syncs {

struct begin_run {
  pg::sync_claim claim;
};

struct run_ended {
  sync_outcome outcome;
  bool written = false; // in the history
};

} // namespace nova::syncs

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::syncs::begin_run)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::syncs::run_ended)

namespace nova::syncs {
namespace {

constexpr base::log sync_runs_log{"Syncs"};

// Of a table of billions of rows; a run that hangs must end some day.
constexpr std::chrono::seconds run_limit = std::chrono::hours{24};

using sync_runner_actor = caf::typed_actor<
  // Answers when the run is over, failed or ended.
  caf::replies_to<begin_run>::with<run_ended>>;

struct sync_runner_state : observed {
  static inline const char* name = "sync_runner";

  explicit sync_runner_state(sync_runner_actor::pointer self) : observed(self) {}

  run_ended run(const pg::sync_claim& claim) {
    try {
      pg::connection_settings settings;
      settings.url = to.url;
      settings.prepare = to.prepare;
      settings.application_name = to.application_name;
      settings.statement_timeout = std::chrono::milliseconds::zero();
      // The source may be slow between two rows.
      settings.idle_in_transaction_timeout = std::chrono::minutes{5};
      pg::connection conn{settings};
      return {do_sync(conn, claim, means, *stop), true};
    } catch (const pg::error& reason) {
      return {{"failed", "database", reason.what()}};
    } catch (const sync_stopped& reason) { // nobody waits for the answer, or it is cancelled
      return {{"stopped", "", reason.what()}};
    }
  }

  database_settings to;
  sync_means means;
  std::shared_ptr<sync_stop> stop;
};

sync_runner_actor::behavior_type
sync_runner(observed_pointer<sync_runner_actor, sync_runner_state> self, directory_slot slot,
            database_settings to, sync_means means, std::shared_ptr<sync_stop> stop) {
  self->state.slot = std::move(slot);
  self->state.to = std::move(to);
  self->state.means = std::move(means);
  self->state.stop = std::move(stop);
  return {
    [self](const begin_run& wanted) { return self->state.run(wanted.claim); },
  };
}

/// Cancels what a runner does, and ends.
untold_actor::behavior_type canceller(untold_actor::pointer self, std::shared_ptr<sync_stop> stop) {
  stop->end();
  self->quit();
  return untold();
}

struct sync_run_state : observed {
  static inline const char* name = "sync_run";

  explicit sync_run_state(jobs::handler_actor::pointer self) : observed(self), self(self) {}

  caf::result<jobs::batch_outcome> start(const jobs::job_batch& batch) {
    answer = owe_answer<jobs::batch_outcome>(self);
    const auto& job = batch.jobs->front();
    claim = {job.type, job.token};
    named = job.place;
    doing("syncs " + named);
    auto stop = std::make_shared<sync_stop>();
    runner =
      self->spawn<caf::linked + caf::detached>(sync_runner,
                                               open_child(needs.directory, "sync_runner", named),
                                               needs.connection, needs.means, stop);
    self->attach_functor(
      [stop, &system = self->system()] { system.spawn<caf::detached>(canceller, stop); });
    timed_request(self, runner, run_limit, begin_run{claim})
      .then([this](run_ended& done) { ended(std::move(done)); },
            [this](const caf::error& reason) {
              ended({{"failed", "crashed", describe(reason)}, false});
            });
    look_again(stop);
    return answer;
  }

  /// Somebody may have cancelled it, or another has it.
  void look_again(const std::shared_ptr<sync_stop>& stop) {
    next_look.after(needs.look, [this, stop] {
      ask(self, needs.database, pg::sync_claim_state{claim})
        .then(
          [this, stop](const std::string& how) {
            if (how == "good") {
              look_again(stop);
              return;
            }
            wanted_to_end = how;
            doing("is " + how + ": " + named);
            self->system().spawn<caf::detached>(canceller, stop);
          },
          [this, stop](const caf::error&) { look_again(stop); });
    });
  }

  void ended(run_ended done) {
    auto settled = [this](jobs::verdict what, std::string kind = {}, std::string text = {}) {
      answer.deliver(jobs::batch_outcome{{{what, std::move(kind), std::move(text), {}, true}}});
    };
    next_look.stop();
    const auto& [outcome, written] = done;
    if (outcome.status == "stopped" && wanted_to_end == "cancelled") {
      ask(self, needs.database, pg::end_sync_run{claim, "cancelled", {}, "somebody cancelled it"})
        .then([settled](const std::string&) { settled(jobs::verdict::done); },
              [settled](const caf::error& reason) {
                settled(jobs::verdict::retry, "database", describe(reason));
              });
      return;
    }
    if (outcome.status == "stopped" || outcome.status == "stale")
      return settled(jobs::verdict::snooze, "stale", "another has it by now");
    auto good = outcome.status != "failed";
    if (!good)
      sync_runs_log.warn("a sync failed", {{"sync", named},
                                           {"class", outcome.error_class},
                                           {"reason", outcome.text}});
    else
      sync_runs_log.info("a sync ended", {{"sync", named}, {"status", outcome.status}});
    answer.deliver(jobs::batch_outcome{{{good ? jobs::verdict::done : jobs::verdict::retry,
                                         outcome.error_class,
                                         outcome.text,
                                         {},
                                         written}}});
  }

  jobs::handler_actor::pointer self;
  sync_needs needs;
  pg::sync_claim claim;
  std::string named, wanted_to_end;
  sync_runner_actor runner; // without a handle to it, it would end
  timer next_look{self};
  promised_answer<jobs::batch_outcome> answer;
};

jobs::handler_actor::behavior_type
sync_run(observed_pointer<jobs::handler_actor, sync_run_state> self, directory_slot slot,
         sync_needs needs) {
  self->state.slot = std::move(slot);
  self->state.needs = std::move(needs);
  return {
    [self](const jobs::job_batch& batch) { return self->state.start(batch); },
  };
}

} // namespace

jobs::handler sync_handler(const sync_needs& needs) {
  jobs::handler made;
  made.timeout = run_limit;
  made.start = [needs](caf::local_actor* parent, directory_slot slot) {
    return parent->spawn<caf::linked>(sync_run, std::move(slot), needs);
  };
  return made;
}

} // namespace nova::syncs
