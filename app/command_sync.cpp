#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "app/progress_line.hpp"
#include "pg/integrations/ask_sync.hpp"
#include "pg/integrations/cancel_sync.hpp"
#include "pg/integrations/find_sync_retry.hpp"
#include "pg/integrations/list_sync_alerts.hpp"
#include "pg/integrations/list_sync_configs.hpp"
#include "pg/integrations/list_sync_history.hpp"
#include "pg/integrations/list_sync_retries.hpp"
#include "pg/integrations/schedule_sync_retry.hpp"
#include "pg/integrations/show_sync_run.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <ostream>
#include <thread>

namespace nova::app {
namespace {

constexpr std::chrono::milliseconds look_interval{500};
constexpr size_t whole_line = 1000;

struct sync_options {
  std::string config, status, run;
  bool due = false, full = false, watch = false;
  uint32_t limit = 50;
};

std::string config_of(pg::connection& conn, const std::string& named) {
  auto found = pg::list_sync_configs{named}.run(conn);
  if (found.size() != 1)
    throw command_error(
      exit_code::failed,
      fmt::format("there are {} syncs '{}': `nova sync configs list` has them, as "
                  "INTEGRATION/STREAM",
                  found.size(), named));
  return found.front().id;
}

pg::shown_sync_run shown(pg::connection& conn, const std::string& run) {
  auto found = pg::show_sync_run{run}.run(conn);
  if (!found)
    throw command_error(exit_code::failed,
                        "there is no run '" + run + "': `nova sync history` has them");
  return *found;
}

exit_code print_run(context& ctx, const std::string& id, const pg::shown_sync_run& run) {
  print(ctx, {{"id", id},
              {"sync", run.integration + "/" + run.stream},
              {"status", run.status},
              {"mode", run.mode},
              {"triggered_by", run.triggered_by},
              {"retry", int64_t{run.retry_count}},
              {"max_retries", int64_t{run.max_retries}},
              {"original_sync_id", run.original_id},
              {"read", run.read},
              {"inserted", run.inserted},
              {"updated", run.updated},
              {"deleted", run.deleted},
              {"skipped", run.skipped},
              {"failed", run.failed},
              {"refused_now", run.rejected},
              {"bytes", run.bytes},
              {"pages", run.pages},
              {"started_at", utc(run.started_at)},
              {"finished_at", utc(run.finished_at)},
              {"seconds", run.seconds},
              {"watermark", run.watermark},
              {"worker", run.worker},
              {"class", run.error_class},
              {"error", run.error}});
  return run.status == "failed" ? exit_code::failed : exit_code::done;
}

std::string run_line(const pg::shown_sync_run& run, size_t width) {
  std::vector<std::string> words{run.integration + "/" + run.stream, run.status,
                                 fmt::format("{} read", run.read)};
  if (run.status == "pending")
    words[1] = "waits for a node with the role jobs";
  if (run.total > 0)
    words.back() += fmt::format(" of about {}", run.total);
  if (run.seconds > 0)
    words.push_back(fmt::format("{:.0f} rows/s", static_cast<double>(run.read) / run.seconds));
  words.push_back(
    fmt::format("{} written, {} the same", run.inserted + run.updated + run.deleted, run.skipped));
  if (run.failed > 0)
    words.push_back(fmt::format("{} refused", run.failed));
  auto over = run.finished_at > 0;
  auto share = over ? 1.0
               : run.total <= 0
                 ? 0.0
                 : std::min(0.99, static_cast<double>(run.read) / static_cast<double>(run.total));
  return progress_line(share, words, width);
}

exit_code watch(context& ctx, pg::connection& conn, const std::string& id) {
  for (bool drawn = false;; drawn = true) {
    auto run = shown(conn, id);
    if (!ctx.json) {
      ctx.out << (ctx.terminal && drawn ? "\033[1A" : "")
              << run_line(run, ctx.terminal ? terminal_width(STDOUT_FILENO) : whole_line)
              << (ctx.terminal ? "\033[K\n" : "\n");
      ctx.out.flush();
    }
    if (run.finished_at > 0)
      return print_run(ctx, id, run);
    std::this_thread::sleep_for(look_interval); // the pace of a human's eyes
  }
}

exit_code run(context& ctx, const sync_options& options) {
  auto conn = connect(ctx, "integrations");
  auto config = config_of(conn, options.config);
  auto id =
    pg::audited(conn, by_command("run", "sync:" + options.config), [&](pg::operator_action& line) {
      pg::ask_sync asked{config, "manual"};
      if (options.full)
        asked.mode = "full";
      auto made = asked.run(conn);
      line.outcome = "asked as " + made;
      return made;
    });
  if (options.watch)
    return watch(ctx, conn, id);
  print(ctx, {{"id", id}, {"status", std::string("pending")}});
  return exit_code::done;
}

exit_code show(context& ctx, const sync_options& options) {
  expect_uuid("RUN", options.run);
  auto conn = connect(ctx, "integrations");
  if (options.watch)
    return watch(ctx, conn, options.run);
  print_run(ctx, options.run, shown(conn, options.run));
  return exit_code::done;
}

exit_code cancel(context& ctx, const sync_options& options) {
  expect_uuid("RUN", options.run);
  auto conn = connect(ctx, "integrations");
  auto how =
    pg::audited(conn, by_command("cancel", "sync:" + options.run), [&](pg::operator_action& line) {
      return line.outcome = pg::cancel_sync{options.run}.run(conn);
    });
  print(ctx, {{"id", options.run}, {"outcome", how}});
  return exit_code::done;
}

exit_code history(context& ctx, const sync_options& options) {
  auto conn = connect(ctx, "integrations");
  auto config = options.config.empty() ? std::string{} : config_of(conn, options.config);
  table found{{"id",           "integration", "stream",      "status",  "mode",
               "triggered_by", "retry",       "max_retries", "read",    "written",
               "inserted",     "updated",     "deleted",     "skipped", "failed",
               "bytes",        "started_at",  "finished_at", "class",   "error"},
              {}};
  for (const auto& row : pg::list_sync_history{config, options.status, options.limit}.run(conn))
    found.rows.push_back({row.id,
                          row.integration,
                          row.stream,
                          row.status,
                          row.mode,
                          row.triggered_by,
                          int64_t{row.retry_count},
                          int64_t{row.max_retries},
                          row.records_read,
                          row.records_written,
                          row.inserted,
                          row.updated,
                          row.deleted,
                          row.skipped,
                          row.records_failed,
                          row.bytes,
                          utc(row.started_at),
                          utc(row.finished_at),
                          row.error_class,
                          row.error});
  print(ctx, found);
  return exit_code::done;
}

exit_code retries(context& ctx, const sync_options& options) {
  auto conn = connect(ctx, "integrations");
  table found{{"id", "integration", "stream", "retry", "max_retries", "retry_at", "due",
               "original_sync_id"},
              {}};
  for (const auto& row : pg::list_sync_retries{options.due, options.limit}.run(conn))
    found.rows.push_back({row.id, row.integration, row.stream, int64_t{row.retry_count},
                          int64_t{row.max_retries}, utc(row.retry_at), row.due, row.original_id});
  print(ctx, found);
  return exit_code::done;
}

exit_code retry(context& ctx, const sync_options& options) {
  expect_uuid("SYNC", options.run);
  auto conn = connect(ctx, "integrations");
  auto id =
    pg::audited(conn, by_command("retry", "sync:" + options.run), [&](pg::operator_action& line) {
      auto made = pg::schedule_sync_retry{options.run}.run(conn);
      line.outcome = "scheduled as " + made;
      return made;
    });
  auto written = pg::find_sync_retry{id}.run(conn);
  print(ctx,
        {{"id", id}, {"retry", int64_t{written.retry_count}}, {"retry_at", utc(written.retry_at)}});
  return exit_code::done;
}

exit_code alerts(context& ctx, const sync_options& options) {
  auto conn = connect(ctx, "integrations");
  table found{{"id", "integration", "stream", "type", "channel", "recipient", "delivery_status",
               "attempts", "created_at", "sent_at", "error"},
              {}};
  for (const auto& row : pg::list_sync_alerts{options.status, options.limit}.run(conn))
    found.rows.push_back({row.id, row.integration, row.stream, row.type, row.channel,
                          masked_urls(row.recipient), row.delivery_status, int64_t{row.attempts},
                          utc(row.created_at), utc(row.sent_at), masked_urls(row.error)});
  print(ctx, found);
  return exit_code::done;
}

} // namespace

void add_sync(CLI::App& root, command_line& line) {
  auto options = std::make_shared<sync_options>();
  auto& command =
    *root.add_subcommand("sync", "Syncs of other systems: what, runs, retries and alerts");
  command.require_subcommand(1);
  command.footer(
    "Examples:\n  nova sync configs add crm/contacts --secret crm --mode incremental --key "
    "updated_at --every '5 minutes'\n  nova sync run crm/contacts --watch\n  nova sync history "
    "--status failed\n  nova sync retries --due\n"
    "  nova sync retry SYNC\n  nova sync alerts --status failed --json");
  auto sub = [&](const char* name, const char* help,
                 exit_code (*run)(context&, const sync_options&)) {
    auto& made = *command.add_subcommand(name, help);
    made.callback([&line, options, run] {
      line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
    return &made;
  };
  auto limited = [&](CLI::App* made) {
    made->add_option("--limit", options->limit, "At most so many")->check(CLI::Range(1, 10'000));
    return made;
  };
  add_sync_configs(command, line);
  auto* started = sub("run", "Have a run begin as soon as a node has room", run);
  started->add_option("SYNC", options->config, "INTEGRATION/STREAM, or its id")->required();
  started->add_flag("--full", options->full, "Read everything, whatever its mode is");
  started->add_flag("--watch", options->watch, "Show how far it is until it ends");
  auto* looked = sub("show", "A run with all that is known of it", show);
  looked->add_option("RUN", options->run, "The run's id")->required();
  looked->add_flag("--watch", options->watch, "Show how far it is until it ends");
  sub("cancel", "End a run; what is committed stays", cancel)
    ->add_option("RUN", options->run, "The run's id")
    ->required();
  auto* runs = limited(sub("history", "Runs, the newest first", history));
  runs->add_option("SYNC", options->config, "Only of this one: INTEGRATION/STREAM, or its id");
  runs
    ->add_option("--status", options->status,
                 "pending, running, succeeded, partial, failed or cancelled")
    ->check(CLI::IsMember({"pending", "running", "succeeded", "partial", "failed", "cancelled"}));
  limited(sub("retries", "Retries that wait, the longest due first", retries))
    ->add_flag("--due", options->due, "Only those that a worker would take now");
  sub("retry", "Schedule the retry of a failed run; twice is once", retry)
    ->add_option("SYNC", options->run, "The run's id")
    ->required();
  limited(sub("alerts", "Alerts and what became of them, the newest first", alerts))
    ->add_option("--status", options->status, "pending, sending, sent or failed")
    ->check(CLI::IsMember({"pending", "sending", "sent", "failed"}));
}

} // namespace nova::app
