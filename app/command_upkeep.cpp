#include "app/command_upkeep.hpp"

#include "app/database_connection.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "base/clock.hpp"
#include "jobs/upkeep_work.hpp"
#include "pg/jobs/claim_upkeep_now.hpp"
#include "pg/jobs/enable_upkeep.hpp"
#include "pg/jobs/end_upkeep.hpp"
#include "pg/jobs/extend_upkeep.hpp"
#include "pg/jobs/list_upkeep.hpp"
#include "pg/jobs/list_upkeep_runs.hpp"
#include "pg/jobs/run_upkeep.hpp"
#include "pg/jobs/table_sizes.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace nova::app {
namespace {

constexpr std::chrono::seconds lease{60};

struct upkeep_options {
  std::string task;
  uint32_t limit = 50;
  bool failed = false;
};

/// Holds the claim of a task while another thread works on it. What fails here is found at the end:
/// a claim that is over changes nothing.
class lease_of_command {
public:
  lease_of_command(const context& ctx, const pg::claimed_upkeep& claimed)
    : conn_(connect_to_write(ctx)), extend_{{claimed.name}, {claimed.token}, lease},
      keeper_([this](const std::stop_token& stop) { keep(stop); }) {}

private:
  void keep(const std::stop_token& stop) {
    auto lock = std::unique_lock{guard_};
    while (!stopped_.wait_for(lock, stop, lease / 3, [] { return false; })
           && !stop.stop_requested())
      try {
        extend_.run(conn_);
      } catch (const pg::error&) {
        return; // the lease runs out, and the end of the run says so
      }
  }

  pg::connection conn_;
  pg::extend_upkeep extend_;
  std::mutex guard_;
  std::condition_variable_any stopped_;
  std::jthread keeper_;
};

std::string state_of(const pg::upkeep_row& row, int64_t now) {
  if (!row.worker.empty())
    return "running";
  if (!row.lacks.empty())
    return "skipped";
  if (!row.enabled)
    return "paused";
  return row.due <= now ? "due" : "waiting";
}

std::string why_of(const pg::upkeep_row& row) {
  if (!row.lacks.empty())
    return "the system " + row.lacks + " is not installed";
  return row.outcome == "done"
           ? row.error
           : row.error_class + (row.error_class.empty() ? "" : ": ") + row.error;
}

exit_code list(context& ctx, const upkeep_options&) {
  auto conn = connect(ctx);
  table found{{"task", "kind", "target", "schedule", "state", "next_run_at", "last_outcome",
               "last_run_at", "rows", "bytes", "why"},
              {}};
  auto now = base::seconds_of(base::wall_now());
  for (const auto& row : pg::list_upkeep{}.run(conn)) {
    auto state = state_of(row, now);
    auto due = state == "skipped" || state == "paused" ? std::string{} : utc(row.due);
    found.rows.push_back({row.task, row.kind, row.target, row.schedule, state, due, row.outcome,
                          utc(row.ended), row.rows, row.bytes, why_of(row)});
  }
  print(ctx, found);
  return exit_code::done;
}

[[noreturn]] void no_such_task(const std::string& task) {
  throw command_error(exit_code::failed, "there is no task of upkeep '" + task
                                           + "': `nova maintenance list` has them");
}

exit_code history(context& ctx, const upkeep_options& options) {
  auto conn = connect(ctx);
  if (auto known = pg::list_upkeep{}.run(conn);
      !options.task.empty()
      && std::ranges::none_of(known, [&](const auto& row) { return row.task == options.task; }))
    no_such_task(options.task);
  table found{{"started_at", "task", "outcome", "runs", "seconds", "rows", "bytes", "worker",
               "file", "why"},
              {}};
  for (const auto& row :
       pg::list_upkeep_runs{options.task, options.failed, options.limit}.run(conn))
    found.rows.push_back({utc(row.started), row.task, row.outcome, int64_t{row.runs}, row.seconds,
                          row.rows, row.bytes, row.worker, row.file,
                          row.error_class + (row.error_class.empty() ? "" : ": ") + row.error});
  print(ctx, found);
  return exit_code::done;
}

exit_code enable(context& ctx, const std::string& task, bool enabled) {
  auto conn = connect(ctx);
  pg::audited(conn, by_command(enabled ? "resume" : "pause", "task:" + task),
              [&](pg::operator_action&) {
                if (!pg::enable_upkeep{task, enabled}.run(conn))
                  no_such_task(task);
                return true;
              });
  return list(ctx, {});
}

pg::claimed_upkeep claim(pg::connection& conn, const std::string& task) {
  for (const auto& row : pg::list_upkeep{}.run(conn))
    if (row.task == task && !row.lacks.empty())
      throw command_error(exit_code::failed, "the system " + row.lacks
                                               + " is not installed in this database: run `nova "
                                                 "migrate up --system "
                                               + row.lacks + "`");
  auto taken =
    pg::claim_upkeep_now{task, "command of " + operator_here("command").who, lease}.run(conn);
  if (!taken)
    no_such_task(task);
  return *taken;
}

/// Does a task that was claimed, and ends it.
pg::upkeep_outcome run_claimed(context& ctx, pg::connection& conn,
                               const pg::claimed_upkeep& claimed) {
  auto settings = conn.settings();
  settings.statement_timeout = std::chrono::milliseconds::zero();
  pg::upkeep_outcome outcome{.end = pg::upkeep_end::failed};
  try {
    lease_of_command held{ctx, claimed};
    pg::connection own{settings};
    jobs::upkeep_stop never;
    jobs::upkeep_means means{ctx.values().maintenance_url, ctx.values().export_directory};
    if (auto task = jobs::read_upkeep_task(claimed.name, jobs::upkeep_body(claimed)))
      outcome = jobs::do_upkeep(own, *task, means, never);
    else
      outcome.text = base::to_string(task.error());
  } catch (const pg::error& failed) { // one connection more than there may be
    outcome.text = failed.what();
  }
  if (!pg::end_upkeep{claimed.name, claimed.token, outcome}.run(conn))
    throw command_error(exit_code::failed, "the task " + claimed.name
                                             + " was taken by another meanwhile: its history "
                                               "has that run");
  return outcome;
}

void print_sizes(context& ctx, pg::connection& conn) {
  table found{{"table", "size", "table_size", "index_size"}, {}};
  for (const auto& one : pg::table_sizes{}.run(conn).largest)
    found.rows.push_back({one.table, one.total, one.alone, one.rest});
  print(ctx, found);
}

} // namespace

exit_code ask_for_upkeep(context& ctx, const std::string& task) {
  auto conn = connect(ctx);
  pg::audited(conn, by_command("ask for", "task:" + task), [&](pg::operator_action&) {
    if (!pg::run_upkeep{task}.run(conn))
      no_such_task(task);
    return true;
  });
  print(ctx, {{"task", task}, {"outcome", std::string("due")}});
  return exit_code::done;
}

exit_code run_upkeep_now(context& ctx, const std::string& task) {
  auto conn = connect_to_write(ctx);
  auto claimed = claim(conn, task);
  auto outcome =
    pg::audited_at_length(conn, by_command("run", "task:" + task), [&](pg::operator_action& line) {
      auto ended = run_claimed(ctx, conn, claimed);
      line.outcome = fmt::format("{}: {} rows{}{}", to_string(ended.end), ended.rows,
                                 ended.text.empty() ? "" : ": ", ended.text);
      return ended;
    });
  if (outcome.end == pg::upkeep_end::failed)
    throw command_error(exit_code::failed,
                        "the task " + task + " failed: " + short_reason(outcome.text));
  if (claimed.kind == "sizes")
    print_sizes(ctx, conn);
  else
    print(ctx, {{"task", task},
                {"outcome", std::string(to_string(outcome.end))},
                {"rows", outcome.rows},
                {"bytes", outcome.bytes},
                {"file", outcome.file},
                {"why", outcome.text}});
  return exit_code::done;
}

void add_upkeep(CLI::App& maintenance, command_line& line) {
  auto options = std::make_shared<upkeep_options>();
  auto sub = [&](const char* name, const char* help,
                 exit_code (*run)(context&, const upkeep_options&)) {
    auto* made = maintenance.add_subcommand(name, help);
    made->callback([&line, options, run] {
      line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
    return made;
  };
  sub("list", "Every task: what it does, when, and what became of it", list);
  auto* told = sub("history", "What became of runs, the latest first", history);
  told->add_option("TASK", options->task, "Only of this one");
  told->add_option("--limit", options->limit, "So many")
    ->check(CLI::Range(1, 10'000))
    ->capture_default_str();
  told->add_flag("--failed", options->failed, "Only what failed");
  sub("pause", "Have nobody run a task until it is resumed",
      [](context& ctx, const upkeep_options& chosen) { return enable(ctx, chosen.task, false); })
    ->add_option("TASK", options->task, "Its name")
    ->required();
  sub("resume", "Have a task run again, at its next time",
      [](context& ctx, const upkeep_options& chosen) { return enable(ctx, chosen.task, true); })
    ->add_option("TASK", options->task, "Its name")
    ->required();
}

} // namespace nova::app
