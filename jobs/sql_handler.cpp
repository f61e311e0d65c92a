#include "jobs/sql_handler.hpp"

#include "actors/observed_actor.hpp"
#include "actors/promised_answer.hpp"
#include "jobs/envelope.hpp"
#include "json/json_reader.hpp"
#include "messages/error_code.hpp"
#include "pg/connection.hpp"
#include "pg/error.hpp"
#include "pg/messenger/messenger_complete.hpp"
#include "pg/queue/queue_delete_leased.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <rapidjson/document.h>

#include <utility>

namespace nova::jobs {
namespace {

// Until the database is asked again for a job that it could not look at.
constexpr std::chrono::seconds database_pause{5};

// Beyond the statement's own limit, so that the server answers first.
constexpr std::chrono::seconds beyond_statement{10};

bool complete(pg::connection& conn, const claimed_job& job) {
  if (job.from == source::message)
    return pg::messenger_complete{{job.id}, {job.token}}.run(conn).front()
           == pg::message_outcome::completed;
  return pg::queue_delete_leased{job.place, {job.id}, {static_cast<int32_t>(job.token)}}.run(conn)
         == 1;
}

std::string setting_of(const rapidjson::Value& config, const char* key) {
  auto found = config.FindMember(key);
  return found != config.MemberEnd() && found->value.IsString()
           ? std::string{found->value.GetString(), found->value.GetStringLength()}
           : std::string{};
}

struct sql_handler_state : observed {
  static inline const char* name = "sql_handler";

  explicit sql_handler_state(handler_actor::pointer self) : observed(self), self(self) {}

  caf::result<batch_outcome> run(const job_batch& batch) {
    auto answer = owe_answer<batch_outcome>(self);
    auto limit = call.timeout + beyond_statement;
    const auto& job = batch.jobs->front();
    call.job = envelope_of(job);
    doing(name_of(job) + " by " + call.function);
    ask(self, database, run_sql_job{call, job}, limit)
      .then([answer](job_outcome& outcome) mutable { answer.deliver(batch_outcome{{outcome}}); },
            [answer](const caf::error& reason) mutable {
              answer.deliver(batch_outcome{
                {{verdict::snooze, "database", describe(reason), database_pause, false}}});
            });
    return answer;
  }

  handler_actor::pointer self;
  database_actor database;
  pg::run_sql_handler call;
};

handler_actor::behavior_type one_sql_job(observed_pointer<handler_actor, sql_handler_state> self,
                                         directory_slot slot, database_actor database,
                                         pg::run_sql_handler call) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->state.call = std::move(call);
  return {
    [self](const job_batch& batch) { return self->state.run(batch); },
  };
}

} // namespace

job_outcome run_sql_job::run(pg::connection& conn) const {
  try {
    pg::transaction change{conn};
    call.run(conn);
    if (!job.receipt.empty()) {
      // A broker has it, and is told afterwards: what breaks in between has it run once more.
      change.commit();
      return {};
    }
    // Whoever lost the lease has no effect.
    if (!complete(conn, job))
      return {verdict::snooze, "stale", "another has the job by now", {}, true};
    change.commit();
    return {verdict::done, {}, {}, {}, true};
  } catch (const pg::error& failure) {
    if (failure.sqlstate().empty())
      throw; // the connection: the pool tries again
    return verdict_of_sql(failure);
  }
}

job_outcome verdict_of_sql(const pg::error& failure) {
  job_outcome outcome{verdict::retry, "sql_" + failure.sqlstate(), failure.what()};
  if (failure.sqlstate() == cannot_be_done)
    outcome.what = verdict::fail;
  return outcome;
}

pg::run_sql_handler sql_call_of(const pg::set_handler& row) {
  rapidjson::Document config;
  json::parse(config, row.config);
  return {setting_of(config, "function"), setting_of(config, "role"), row.timeout, {}};
}

handler sql_handler(const pg::set_handler& row, database_actor database) {
  auto call = sql_call_of(row);
  handler made;
  made.timeout = row.timeout + 2 * beyond_statement;
  made.in_process = false;
  made.start = [database = std::move(database), call](caf::local_actor* parent,
                                                      directory_slot slot) {
    return parent->spawn<caf::linked>(one_sql_job, std::move(slot), database, call);
  };
  return made;
}

} // namespace nova::jobs
