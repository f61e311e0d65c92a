#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "pg/email/failed_threads.hpp"
#include "pg/email/list_backfills.hpp"
#include "pg/email/list_rejects.hpp"
#include "pg/email/retry_failed_threads.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace nova::app {
namespace {

// The whole of one that is too long to be stored is in the table.
constexpr size_t id_shown = 200;

struct thread_options {
  std::string config;
  std::vector<std::string> threads;
  uint32_t limit = 50;
};

exit_code failed(context& ctx, const thread_options& options) {
  if (!options.config.empty())
    expect_uuid("CONFIG", options.config);
  auto conn = connect(ctx);
  table found{{"config_id", "thread_id", "attempts", "failed_at", "reason", "inbox", "unreadable"},
              {}};
  for (const auto& row : pg::failed_threads{config_id{options.config}, options.limit}.run(conn))
    found.rows.push_back({row.config.value, row.thread.value, uint64_t{row.attempts},
                          utc(row.failed_at), row.reason, std::string{}, std::string{}});
  inbox_id inbox;
  if (!options.config.empty())
    for (const auto& backfill : pg::list_backfills{config_id{options.config}}.run(conn))
      inbox = backfill.inbox;
  for (const auto& row : pg::list_rejects{inbox, options.limit}.run(conn))
    found.rows.push_back({std::string{}, row.provider_id.substr(0, id_shown), row.times_seen,
                          utc(row.last_seen_at), row.reason, row.email, row.kind});
  print(ctx, found);
  return exit_code::done;
}

exit_code retry(context& ctx, const thread_options& options) {
  expect_uuid("CONFIG", options.config);
  auto conn = connect(ctx);
  auto line = by_command("retry", "backfill:" + options.config);
  line.arguments = fmt::format(R"({{"threads":{}}})", options.threads.size());
  auto count = pg::audited(conn, std::move(line), [&](pg::operator_action& made) {
    auto queued = pg::retry_failed_threads{config_id{options.config},
                                           {options.threads.begin(), options.threads.end()},
                                           "nova threads"}
                    .run(conn);
    made.outcome = fmt::format("{} threads queued again", queued);
    return queued;
  });
  print(ctx, {{"config_id", options.config}, {"queued_again", count}});
  return exit_code::done;
}

} // namespace

void add_threads(CLI::App& root, command_line& line) {
  auto options = std::make_shared<thread_options>();
  auto& command = *root.add_subcommand(
    "threads", "Threads that could not be synced, mail that could not be read");
  command.require_subcommand(1);
  command.footer("Examples:\n  nova threads failed\n  nova threads retry CONFIG");
  auto& failing = *command.add_subcommand("failed", "Which, and why");
  failing.add_option("CONFIG", options->config, "Only of this backfill");
  failing.add_option("--limit", options->limit, "At most so many")->check(CLI::Range(1, 10'000));
  failing.callback(
    [&line, options] { line.chosen = [options](context& ctx) { return failed(ctx, *options); }; });
  auto& retrying = *command.add_subcommand("retry", "Queue them again");
  retrying.add_option("CONFIG", options->config, "Their backfill")->required();
  retrying.add_option("THREAD", options->threads, "Only these");
  retrying.callback(
    [&line, options] { line.chosen = [options](context& ctx) { return retry(ctx, *options); }; });
}

} // namespace nova::app
