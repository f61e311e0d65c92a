#include "app/backfill_gaps.hpp"
#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/estimate_words.hpp"
#include "app/output.hpp"
#include "app/progress_line.hpp"
#include "base/clock.hpp"
#include "base/printable.hpp"
#include "pg/email/list_progress.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <memory>
#include <ostream>
#include <thread>

namespace nova::app {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto look_interval = 1s;
constexpr size_t whole_line = 1000;

struct progress_options {
  std::string config;
  bool watch = false;
};

/// Threads done at one look, for rates between two.
struct look {
  uint64_t threads = 0, messages = 0;
  clock::time_point at;
};

bool running(const std::string& status) {
  return status == "pending" || status == "discovering" || status == "thread_sync";
}

/// `width` in columns.
std::string line(const backfill_progress& row, const look& before, clock::time_point now,
                 size_t width) {
  auto seconds = std::chrono::duration<double>(now - before.at).count();
  auto rate = seconds > 0 ? static_cast<double>(row.completed - before.threads) / seconds : 0;
  auto messages = seconds > 0 ? static_cast<double>(row.messages - before.messages) / seconds : 0;
  auto wall = base::seconds_of(base::wall_now());
  std::vector<std::string> words;
  // What matters first stands first: a narrow terminal shows no more.
  for (auto&& word : {base::printable(row.email), left_words(row, wall),
                      partial(row) ? row.status + ", partial" : row.status, binds_words(row.binds),
                      running(row.status) ? usable_words(row, wall) : std::string{},
                      fmt::format("{}/{} threads", row.completed, row.total),
                      fmt::format("{:.0f} threads/s", rate), fmt::format("{} failed", row.failed)})
    if (!word.empty())
      words.push_back(word);
  if (row.unreadable > 0)
    words.push_back(fmt::format("{} not readable", row.unreadable));
  words.push_back(fmt::format("{:.0f} messages/s", messages));
  return progress_line(row.percent / 100, words, width);
}

void print_table(context& ctx, const std::vector<backfill_progress>& rows) {
  table found{{"config_id", "email",      "status",     "percent", "total",
               "queued",    "processing", "completed",  "failed",  "messages",
               "partial",   "gaps",       "unreadable", "eta",     "eta_low",
               "eta_high",  "usable_at",  "usable",     "binds",   "messages_expected"},
              {}};
  for (const auto& row : rows)
    found.rows.push_back(
      {row.config.value,  row.email,          row.status,     row.percent,  row.total,
       row.queued,        row.processing,     row.completed,  row.failed,   row.messages,
       partial(row),      gaps_of(row),       row.unreadable, utc(row.eta), utc(row.eta_low),
       utc(row.eta_high), utc(row.usable_at), row.usable,     row.binds,    row.messages_expected});
  print(ctx, found);
}

exit_code watch(context& ctx, pg::connection& conn, const std::string& config) {
  std::map<std::string, look> before;
  for (size_t drawn = 0;;) {
    auto rows = pg::list_progress{config_id{config}}.run(conn);
    auto now = base::monotonic_now();
    if (ctx.terminal && drawn > 0)
      ctx.out << "\033[" << drawn << 'A'; // back up over what was drawn last
    drawn = 0;
    bool more = false;
    // Into a file all of it; on a terminal a line that wraps could not be drawn over.
    auto width = ctx.terminal ? terminal_width(STDOUT_FILENO) : whole_line;
    for (const auto& row : rows) {
      more = more || running(row.status);
      auto [seen, first] =
        before.try_emplace(row.config.value, look{row.completed, row.messages, now});
      ctx.out << line(row, seen->second, now, width) << (ctx.terminal ? "\033[K\n" : "\n");
      seen->second = {row.completed, row.messages, now};
      ++drawn;
    }
    ctx.out.flush();
    if (!more)
      return exit_code::done;
    std::this_thread::sleep_for(look_interval); // the pace of a human's eyes
  }
}

exit_code show(context& ctx, const progress_options& options) {
  if (!options.config.empty())
    expect_uuid("CONFIG", options.config);
  auto conn = connect(ctx);
  if (options.watch && !ctx.json)
    return watch(ctx, conn, options.config);
  auto rows = pg::list_progress{config_id{options.config}}.run(conn);
  if (rows.empty() && !options.config.empty())
    throw command_error(exit_code::failed, "no backfill has the id '" + options.config + "'");
  print_table(ctx, rows);
  return exit_code::done;
}

} // namespace

void add_progress(CLI::App& root, command_line& line) {
  auto options = std::make_shared<progress_options>();
  auto& command = *root.add_subcommand("progress", "How far backfills are");
  command.footer("Examples:\n  nova progress --watch\n  nova progress --json");
  command.add_option("CONFIG", options->config, "Only this one");
  command.add_flag("--watch", options->watch, "Look every second until all are done");
  command.callback(
    [&line, options] { line.chosen = [options](context& ctx) { return show(ctx, *options); }; });
}

} // namespace nova::app
