#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "pg/integrations/find_sync_retry.hpp"
#include "pg/integrations/list_sync_alerts.hpp"
#include "pg/integrations/list_sync_history.hpp"
#include "pg/integrations/list_sync_retries.hpp"
#include "pg/integrations/schedule_sync_retry.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace nova::app {
namespace {

struct sync_options {
  std::string config, status, run;
  bool due = false;
  uint32_t limit = 50;
};

exit_code history(context& ctx, const sync_options& options) {
  if (!options.config.empty())
    expect_uuid("CONFIG", options.config);
  auto conn = connect(ctx, "integrations");
  table found{{"id", "integration", "stream", "status", "triggered_by", "retry", "max_retries",
               "written", "failed", "started_at", "finished_at", "error"},
              {}};
  for (const auto& row :
       pg::list_sync_history{options.config, options.status, options.limit}.run(conn))
    found.rows.push_back({row.id, row.integration, row.stream, row.status, row.triggered_by,
                          int64_t{row.retry_count}, int64_t{row.max_retries}, row.records_written,
                          row.records_failed, utc(row.started_at), utc(row.finished_at),
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
  auto& command = *root.add_subcommand("sync", "Syncs of integrations: runs, retries and alerts");
  command.require_subcommand(1);
  command.footer("Examples:\n  nova sync history --status failed\n  nova sync retries --due\n"
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
  auto* runs = limited(sub("history", "Runs, the newest first", history));
  runs->add_option("CONFIG", options->config, "Only of this sync configuration");
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
