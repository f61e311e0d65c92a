#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "pg/audited.hpp"
#include "pg/messenger/messenger_backfill_schedule.hpp"
#include "pg/messenger/messenger_preview_schedule.hpp"
#include "pg/messenger/messenger_run_schedule_now.hpp"
#include "pg/messenger/messenger_schedule_enable.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>

namespace nova::app {
namespace {

struct schedule_options {
  std::string name, from, to;
  int32_t count = 5;
};

using schedule_command = exit_code (*)(context&, const schedule_options&);

constexpr const char* unknown_schedule = "NM006";

/// Turns the server's word for an unknown name into ours.
template <class Work>
auto of_schedule(const schedule_options& options, Work work) {
  try {
    return work();
  } catch (const pg::error& failure) {
    if (failure.sqlstate() != unknown_schedule)
      throw;
    throw command_error(exit_code::failed, "no schedule is called '" + options.name
                                             + "'; `nova messenger schedules` shows those there "
                                               "are");
  }
}

exit_code preview_schedule(context& ctx, const schedule_options& options) {
  auto conn = connect(ctx, "messenger");
  table found{{"slot"}, {}};
  auto slots = of_schedule(options, [&] {
    return pg::messenger_preview_schedule{options.name, options.count}.run(conn);
  });
  for (const auto& slot : slots)
    found.rows.push_back({slot});
  print(ctx, found);
  return exit_code::done;
}

exit_code run_schedule_now(context& ctx, const schedule_options& options) {
  auto conn = connect(ctx, "messenger");
  auto message = of_schedule(options, [&] {
    return pg::audited(conn, by_command("run", "schedule:" + options.name),
                       [&](pg::operator_action& made) {
                         auto sent = pg::messenger_run_schedule_now{options.name}.run(conn);
                         made.outcome = fmt::format("message {}", sent);
                         return sent;
                       });
  });
  print(ctx, {{"schedule", options.name}, {"message_id", message}});
  return exit_code::done;
}

exit_code enable_schedule_named(context& ctx, const schedule_options& options, bool enabled) {
  auto conn = connect(ctx, "messenger");
  pg::audited(conn, by_command(enabled ? "resume" : "pause", "schedule:" + options.name),
              [&](pg::operator_action&) {
                if (!pg::messenger_schedule_enable{options.name, enabled}.run(conn))
                  throw command_error(exit_code::failed,
                                      "no schedule is called '" + options.name
                                        + "'; `nova messenger schedules` shows those there are");
                return true;
              });
  print(ctx, {{"schedule", options.name}, {"enabled", enabled}});
  return exit_code::done;
}

exit_code pause_schedule(context& ctx, const schedule_options& options) {
  return enable_schedule_named(ctx, options, false);
}

exit_code resume_schedule(context& ctx, const schedule_options& options) {
  return enable_schedule_named(ctx, options, true);
}

exit_code backfill_schedule(context& ctx, const schedule_options& options) {
  auto from = parse_time("--from", options.from), to = parse_end("--to", options.to) - 1;
  if (to < from)
    throw command_error(exit_code::usage, "--to: '" + options.to + "' is before --from");
  auto conn = connect(ctx, "messenger");
  auto sent = of_schedule(options, [&] {
    return pg::audited(
      conn, by_command("backfill", "schedule:" + options.name), [&](pg::operator_action& made) {
        auto slots = pg::messenger_backfill_schedule{options.name, from, to}.run(conn);
        made.outcome = fmt::format("{} slots sent", slots.size());
        return slots;
      });
  });
  table found{{"slot", "message_id"}, {}};
  for (const auto& [slot, message] : sent)
    found.rows.push_back({slot, message});
  print(ctx, found);
  return exit_code::done;
}

} // namespace

void add_schedules(CLI::App& schedules, command_line& line) {
  auto options = std::make_shared<schedule_options>();
  schedules.footer("Examples:\n  nova messenger schedules preview report -n 10\n"
                   "  nova messenger schedules run-now report\n"
                   "  nova messenger schedules backfill report --from 2026-01-01 --to 2026-01-31");
  auto sub = [&](const char* name, const char* help, schedule_command run) {
    auto* made = schedules.add_subcommand(name, help);
    made->add_option("NAME", options->name, "The schedule")->required();
    made->callback([&line, options, run] {
      line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
    return made;
  };
  sub("preview", "When it sends next", preview_schedule)
    ->add_option("-n,--count", options->count, "So many slots")
    ->check(CLI::Range(1, 1'000));
  sub("run-now", "Send its message at once, beside its slots", run_schedule_now);
  sub("pause", "Send nothing for it", pause_schedule);
  sub("resume", "Go on; what passed meanwhile is not sent", resume_schedule);
  auto* filled =
    sub("backfill", "Send the slots of a time that has passed, at most 1,000", backfill_schedule);
  filled->add_option("--from", options->from, "The first day or moment, such as 2026-01-31")
    ->required();
  filled->add_option("--to", options->to, "The last")->required();
}

} // namespace nova::app
