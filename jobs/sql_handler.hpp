#pragma once

#include "actors/query.hpp"
#include "jobs/handler.hpp"
#include "pg/error.hpp"
#include "pg/jobs/list_handlers.hpp"
#include "pg/jobs/run_sql_handler.hpp"

#include <string>

namespace nova::jobs {

/// The SQLSTATE with which a function says that its job can never be done.
inline constexpr const char* cannot_be_done = "NM007";

/// Calls the function and ends the job, in one transaction: its effects are there once, or not at
/// all.
struct run_sql_job {
  static constexpr const char* name = "run_sql_job";

  pg::run_sql_handler call;
  claimed_job job;

  job_outcome run(pg::connection& conn) const;
};

/// The call of a row, without a job.
pg::run_sql_handler sql_call_of(const pg::set_handler& row);

/// What a refusal of the server means: given up when the function says that the job can never be
/// done, else tried again.
job_outcome verdict_of_sql(const pg::error& failure);

/// Does jobs by a function of the database, as the role that the row names. `database` is a pool of
/// its own: a slow function must not keep claims waiting.
handler sql_handler(const pg::set_handler& row, database_actor database);

} // namespace nova::jobs
