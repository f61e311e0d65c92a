#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "pg/messenger/messenger_schedule_enable.hpp"
#include "pg/messenger/messenger_schedules.hpp"
#include "pg/messenger/messenger_stats.hpp"
#include "pg/messenger/messenger_transport_pause.hpp"
#include "pg/messenger/messenger_transports.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace nova::app {
namespace {

struct messenger_options {
  std::string transport, pause, resume;
};

using command = exit_code (*)(context&, const messenger_options&);

exit_code stats(context& ctx, const messenger_options& options) {
  auto conn = connect(ctx, "messenger");
  table found{{"transport", "queue", "ready", "delayed", "running", "failed", "oldest_ready_s"},
              {}};
  for (const auto& row : pg::messenger_stats{}.run(conn))
    if (options.transport.empty() || options.transport == row.transport)
      found.rows.push_back({row.transport, row.queue, row.ready, row.delayed, row.running,
                            row.failed, row.oldest_ready_s});
  print(ctx, found);
  return exit_code::done;
}

void enable_schedule(pg::connection& conn, const std::string& name, bool enabled) {
  pg::audited(conn, by_command(enabled ? "resume" : "pause", "schedule:" + name),
              [&](pg::operator_action&) {
                if (!pg::messenger_schedule_enable{name, enabled}.run(conn))
                  throw command_error(exit_code::failed,
                                      "no schedule is called '" + name
                                        + "'; `nova messenger schedules` shows those there are");
                return true;
              });
}

exit_code schedules(context& ctx, const messenger_options& options) {
  auto conn = connect(ctx, "messenger");
  for (const auto& [name, enabled] :
       {std::pair{options.pause, false}, std::pair{options.resume, true}})
    if (!name.empty())
      enable_schedule(conn, name, enabled);
  table found{{"name", "kind", "schedule", "timezone", "type", "transport", "enabled",
               "next_run_at", "last_run_at", "runs", "missed", "skipped", "last_error"},
              {}};
  for (const auto& row : pg::messenger_schedules{}.run(conn))
    found.rows.push_back({row.name, row.kind, row.schedule, row.timezone, row.type, row.transport,
                          row.enabled, utc(row.next_run_at), utc(row.last_run_at), row.runs,
                          row.missed, row.skipped, row.last_error});
  print(ctx, found);
  return exit_code::done;
}

void pause_transport(pg::connection& conn, const std::string& name, bool paused) {
  pg::audited(
    conn, by_command(paused ? "pause" : "resume", "transport:" + name), [&](pg::operator_action&) {
      if (!pg::messenger_transport_pause{name, paused}.run(conn))
        throw command_error(exit_code::failed,
                            "no transport is called '" + name
                              + "', and no message or schedule names it; `nova messenger "
                                "transports` and `nova messenger stats` show those there are");
      return true;
    });
}

/// Of a broker, as nodes of the last minute found it; every other transport is this database.
std::string state_of(const pg::transport_row& row) {
  if (!row.outbox)
    return "here";
  return !row.error.empty() ? "failing" : row.workers.value_or(0) > 0 ? "reachable" : "not worked";
}

exit_code transports(context& ctx, const messenger_options& options) {
  auto conn = connect(ctx, "messenger");
  for (const auto& [name, paused] :
       {std::pair{options.pause, true}, std::pair{options.resume, false}})
    if (!name.empty())
      pause_transport(conn, name, paused);
  table found{{"name", "type", "enabled", "paused", "running_max", "attempts_max", "state", "depth",
               "outbox", "outbox_since", "error", "config"},
              {}};
  for (const auto& row : pg::messenger_transports{}.run(conn))
    found.rows.push_back({row.name, row.type, row.enabled, row.paused, int64_t{row.running_max},
                          int64_t{row.attempts_max}, state_of(row), row.depth.value_or(0),
                          row.outbox.value_or(0), utc(row.outbox_since.value_or(0)), row.error,
                          row.config});
  print(ctx, found);
  return exit_code::done;
}

} // namespace

void add_messenger(CLI::App& root, command_line& line) {
  auto options = std::make_shared<messenger_options>();
  auto& messenger = *root.add_subcommand("messenger", "Symphony Messenger: queues of messages");
  messenger.require_subcommand(1);
  messenger.footer("Examples:\n  nova messenger stats\n  nova messenger failed list --json\n"
                   "  nova messenger transports --pause default");
  auto sub = [&line, options](CLI::App& parent, const char* name, const char* help, command run) {
    auto* made = parent.add_subcommand(name, help);
    made->callback([&line, options, run, made] {
      // Its own callback comes after that of a subcommand.
      if (made->get_subcommands().empty())
        line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
    return made;
  };
  sub(messenger, "stats", "What is ready, delayed, running and failed", stats)
    ->add_option("--transport", options->transport, "Only of this transport");
  add_consume(messenger, line);
  add_handlers(messenger, line);
  add_send(messenger, line);
  add_failed(messenger, line);
  auto not_empty = [](const std::string& name) {
    return std::string{name.empty() ? "a name is needed, not ''" : ""};
  };
  auto* scheduled = sub(messenger, "schedules", "Messages that are sent by the clock", schedules);
  add_schedules(*scheduled, line);
  scheduled->add_option("--pause", options->pause, "Send nothing for this one")->check(not_empty);
  scheduled->add_option("--resume", options->resume, "Go on; what passed meanwhile is not sent")
    ->check(not_empty);
  auto* transported =
    sub(messenger, "transports", "Transports that differ from the default", transports);
  transported->add_option("--pause", options->pause, "Give out no message of this one")
    ->check(not_empty);
  transported->add_option("--resume", options->resume, "Go on")->check(not_empty);
}

} // namespace nova::app
