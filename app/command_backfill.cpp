#include "app/backfill_cost.hpp"
#include "app/backfill_gaps.hpp"
#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/estimate_words.hpp"
#include "app/inbox_lookup.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "base/clock.hpp"
#include "base/printable.hpp"
#include "mail/day_range.hpp"
#include "pg/email/keep_samples.hpp"
#include "pg/email/list_backfills.hpp"
#include "pg/email/list_progress.hpp"
#include "pg/email/move_backfill.hpp"
#include "pg/email/resume_backfill.hpp"
#include "pg/email/retry_failed_threads.hpp"
#include "pg/email/start_backfill.hpp"
#include "pg/email/start_whole_backfill.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <ostream>
#include <stdexcept>

namespace nova::app {
namespace {

constexpr int64_t year_seconds = 364 * day_seconds;
constexpr const char* who = "nova backfill";

struct backfill_options {
  std::string inbox, from, to, config, reason;
  int64_t days = 0; // 0: a year
  bool all = false; // from the oldest mail on
};

int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(base::wall_now().time_since_epoch())
    .count();
}

exit_code start(context& ctx, const backfill_options& options) {
  auto to = options.to.empty() ? now_seconds() : parse_end("--to", options.to);
  auto from = options.all            ? 0
              : options.from.empty() ? to - year_seconds
                                     : parse_time("--from", options.from);
  if (from >= to)
    throw command_error(exit_code::usage,
                        "--from: " + utc(from) + " is not before --to (" + utc(to) + ")");
  auto conn = connect(ctx);
  auto inbox = find_inbox_or_fail(conn, options.inbox);
  auto line = by_command("start", "inbox:" + inbox.id.value);
  auto since = options.all ? "the oldest mail" : utc(from);
  line.arguments = R"({"from":")" + since + R"(","to":")" + utc(to) + R"("})";
  auto config = pg::audited(conn, std::move(line), [&](pg::operator_action& made) {
    auto id = options.all ? pg::start_whole_backfill{inbox.id, to}.run(conn)
                          : pg::start_backfill{inbox.id, from, to}.run(conn);
    made.outcome = "begun as backfill:" + id.value;
    return id;
  });
  print(ctx, {{"config_id", config.value},
              {"inbox_id", inbox.id.value},
              {"from", since},
              {"to", utc(to)},
              {"status", std::string("pending")}});
  return exit_code::done;
}

/// With so many digits behind the point, which a table would cut.
cell fraction(const context& ctx, double value, int digits) {
  auto scale = std::pow(10.0, digits);
  if (ctx.json)
    return std::round(value * scale) / scale;
  return fmt::format("{:.{}f}", value, digits);
}

exit_code estimate(context& ctx, const backfill_options& options) {
  if (ctx.values().nylas_api_key.empty())
    throw command_error(exit_code::usage, "NYLAS_API_KEY is not set: the provider is asked");
  auto conn = connect_to_write(ctx);
  auto inbox = find_inbox_or_fail(conn, options.inbox);
  auto to = now_seconds();
  auto back = options.days > 0 ? options.days * day_seconds : year_seconds;
  cost_question of{inbox.grant.value, inbox.provider, options.all ? 0 : to - back, to,
                   static_cast<double>(ctx.values().gmail_units_per_minute)};
  provider_reader reader{{ctx.values().nylas_api_uri, ctx.values().nylas_api_key}};
  backfill_cost cost;
  try {
    cost = cost_of_backfill(reader, of);
  } catch (const std::runtime_error& failure) {
    throw command_error(exit_code::unreachable, failure.what());
  }
  // A backfill that is started now begins with what is known.
  pg::keep_samples{inbox.id, cost.survey}.run(conn);
  auto whole = [](double value) { return static_cast<uint64_t>(std::llround(value)); };
  std::string assumptions;
  for (const auto& one : cost.assumptions)
    assumptions += (assumptions.empty() ? "" : "; ") + one;
  std::vector<std::pair<std::string, cell>> lines{
    {"inbox_id", inbox.id.value},
    {"provider", inbox.provider},
    {"from", options.all ? "the oldest mail" : utc(of.from)},
    {"to", utc(to)},
    {"messages", whole(cost.messages)},
    {"messages_low", whole(cost.messages_low)},
    {"messages_high", whole(cost.messages_high)},
    {"threads", whole(cost.threads)},
    {"calls", whole(cost.calls)},
    {"units", whole(cost.units)},
    {"hours", fraction(ctx, cost.hours, 2)},
    {"hours_low", fraction(ctx, cost.hours_low, 2)},
    {"hours_high", fraction(ctx, cost.hours_high, 2)},
    {"usable_hours", fraction(ctx, cost.usable_hours, 2)},
    {"gigabytes", fraction(ctx, cost.gigabytes, 3)},
    {"binds", cost.binds},
    {"calls_made", cost.asked}};
  if (ctx.json)
    lines.emplace_back("assumptions", assumptions);
  print(ctx, lines);
  if (!ctx.json) {
    ctx.out << binds_words(cost.binds) << "; assumed:\n";
    for (const auto& one : cost.assumptions)
      ctx.out << "  " << base::printable(one) << '\n';
  }
  return exit_code::done;
}

exit_code status(context& ctx, const backfill_options& options) {
  if (!options.config.empty())
    expect_uuid("CONFIG", options.config);
  auto conn = connect(ctx);
  table found{{"config_id", "email", "status", "total", "completed", "failed", "messages",
               "windows", "windows_listed", "started_at", "completed_at", "partial", "gaps",
               "unreadable"},
              {}};
  for (const auto& row : pg::list_progress{config_id{options.config}}.run(conn))
    found.rows.push_back({row.config.value, row.email, row.status, row.total, row.completed,
                          row.failed, row.messages, uint64_t{row.windows},
                          uint64_t{row.windows_listed}, utc(row.started_at), utc(row.completed_at),
                          partial(row), gaps_of(row), row.unreadable});
  if (found.rows.empty() && !options.config.empty())
    throw command_error(exit_code::failed, "no backfill has the id '" + options.config + "'");
  print(ctx, found);
  return exit_code::done;
}

backfill_config find_or_fail(pg::connection& conn, const std::string& config) {
  if (auto found = pg::list_backfills{config_id{config}}.run(conn); !found.empty())
    return found.front();
  throw command_error(exit_code::failed, "no backfill has the id '" + config
                                           + "'; `nova backfill status` shows those there are");
}

/// What an operator does to a backfill, and what came of it in one word or number.
template <class Work>
auto act(pg::connection& conn, const char* action, const backfill_options& options, Work work) {
  expect_uuid("CONFIG", options.config);
  return pg::audited(conn, by_command(action, "backfill:" + options.config, options.reason),
                     [&](pg::operator_action&) {
                       return work(find_or_fail(conn, options.config));
                     });
}

exit_code move_to(context& ctx, const backfill_options& options, const char* action,
                  const char* state) {
  auto conn = connect(ctx);
  act(conn, action, options, [&](const backfill_config&) {
    pg::move_backfill{config_id{options.config}, state, who, options.reason}.run(conn);
    return true;
  });
  print(ctx, {{"config_id", options.config}, {"status", std::string(state)}});
  return exit_code::done;
}

exit_code pause(context& ctx, const backfill_options& options) {
  return move_to(ctx, options, "pause", "paused");
}

exit_code cancel(context& ctx, const backfill_options& options) {
  return move_to(ctx, options, "cancel", "cancelled");
}

exit_code resume(context& ctx, const backfill_options& options) {
  auto conn = connect(ctx);
  auto state = act(conn, "resume", options, [&](const backfill_config&) {
    return pg::resume_backfill{config_id{options.config}, who, options.reason}.run(conn);
  });
  print(ctx, {{"config_id", options.config}, {"status", state}});
  return exit_code::done;
}

exit_code retry(context& ctx, const backfill_options& options) {
  auto conn = connect(ctx);
  auto threads = act(conn, "retry", options, [&](const backfill_config& found) {
    if (found.discovery_done)
      return pg::retry_failed_threads{config_id{options.config}, {}, who}.run(conn);
    pg::resume_backfill{config_id{options.config}, who, "retry"}.run(conn);
    return uint64_t{0};
  });
  print(ctx, {{"config_id", options.config}, {"threads_queued_again", threads}});
  return exit_code::done;
}

} // namespace

void add_backfill(CLI::App& root, command_line& line) {
  auto options = std::make_shared<backfill_options>();
  auto& command = *root.add_subcommand("backfill", "Bring in the mail of a range of days");
  command.require_subcommand(1);
  command.footer("Examples:\n  nova backfill estimate you@example.com\n"
                 "  nova backfill start --inbox you@example.com --from 2026-01-01 --to 2026-06-30\n"
                 "  nova backfill status\n  nova backfill pause CONFIG --reason 'too loud'");
  auto sub = [&](const char* name, const char* help,
                 exit_code (*run)(context&, const backfill_options&)) {
    auto& made = *command.add_subcommand(name, help);
    made.callback([&line, options, run] {
      line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
    return &made;
  };
  auto* estimating =
    sub("estimate", "What one would take: calls, units, hours, GB; asks the provider a little",
        estimate);
  estimating->add_option("INBOX", options->inbox, "Id, grant or address")->required();
  auto* days = estimating->add_option("--days", options->days, "Back from now; default a year")
                 ->check(CLI::Range(1, 365));
  estimating->add_flag("--all", options->all, "All mail, from the oldest on")->excludes(days);
  auto* starting =
    sub("start", "Start one; a year back unless --all, one at a time an inbox", start);
  starting->add_option("--inbox", options->inbox, "Id, grant or address")->required();
  auto* from = starting->add_option("--from", options->from,
                                    "First day, or a time; default a year before --to");
  starting->add_flag("--all", options->all, "All mail, from the oldest on")->excludes(from);
  starting->add_option("--to", options->to,
                       "Last day, which is in it, or an end time; default now");
  sub("status", "Where one stands, or all", status)->add_option("CONFIG", options->config);
  auto with_config = [&](CLI::App* made) {
    made->add_option("CONFIG", options->config, "Its id")->required();
    made->add_option("--reason", options->reason, "Kept in the log of transitions");
  };
  with_config(sub("pause", "Stop taking work of it", pause));
  with_config(sub("resume", "Go on where it stopped", resume));
  with_config(sub("cancel", "End it for good", cancel));
  with_config(sub("retry", "Queue what failed again", retry));
}

} // namespace nova::app
