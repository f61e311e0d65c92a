#include "app/commands.hpp"
#include "app/consent.hpp"
#include "app/database_connection.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "pg/messenger/messenger_failed_list.hpp"
#include "pg/messenger/messenger_failed_remove.hpp"
#include "pg/messenger/messenger_failed_retry.hpp"
#include "pg/messenger/messenger_failed_show.hpp"
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

/// So that a slip of the hand does not send a million messages again.
constexpr uint32_t retry_limit_default = 1'000;

struct messenger_options {
  std::string transport, type, error_class, since, id, to, pause, resume;
  std::vector<std::string> ids;
  bool retried = false;
  bool all = false;
  bool force = false;
  bool dry_run = false;
  bool yes = false;
  uint32_t limit = 50;
  uint32_t rate = 0;
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

pg::messenger_failed_list filter_of(const messenger_options& options) {
  return {options.transport,   options.type,
          options.error_class, options.since.empty() ? 0 : parse_time("--since", options.since),
          options.retried,     options.limit};
}

exit_code failed_list(context& ctx, const messenger_options& options) {
  auto filter = filter_of(options);
  auto conn = connect(ctx, "messenger");
  table found{{"id", "failed_at", "transport", "queue", "type", "attempts", "class", "error",
               "retried_at"},
              {}};
  for (const auto& row : filter.run(conn))
    found.rows.push_back({row.id, utc(row.failed_at), row.transport, row.queue, row.type,
                          int64_t{row.attempts}, row.error_class, row.error, utc(row.retried_at)});
  print(ctx, found);
  return exit_code::done;
}

[[noreturn]] void refuse_unknown(const std::string& ids) {
  throw command_error(exit_code::failed, "no failed message has the id " + ids
                                           + "; `nova messenger failed list` shows those there "
                                             "are");
}

exit_code failed_show(context& ctx, const messenger_options& options) {
  expect_uuid("ID", options.id);
  auto conn = connect(ctx, "messenger");
  auto found = pg::messenger_failed_show{options.id}.run(conn);
  if (!found)
    refuse_unknown(options.id);
  print(ctx, {{"id", options.id},
              {"message_id", found->message_id},
              {"transport", found->transport},
              {"queue", found->queue},
              {"type", found->type},
              {"tenant_id", found->tenant},
              {"sent_at", utc(found->sent_at)},
              {"failed_at", utc(found->failed_at)},
              {"attempts", int64_t{found->attempts}},
              {"deliveries", int64_t{found->deliveries}},
              {"worker", found->worker},
              {"class", found->error_class},
              {"error", found->error},
              {"fingerprint", found->fingerprint},
              {"retried_at", utc(found->retried_at)},
              {"retried_by", found->retried_by},
              {"retried_as", found->retried_as},
              {"headers", found->headers},
              {"body", found->body},
              {"history", found->history}});
  return exit_code::done;
}

void expect_uuids(const std::vector<std::string>& ids) {
  for (const auto& id : ids)
    expect_uuid("ID", id);
}

/// What the command line names: ids, or all that a filter lets through, the oldest first.
std::vector<std::string> chosen_ids(pg::connection& conn, const messenger_options& options) {
  if (!options.ids.empty())
    return options.ids;
  auto filter = filter_of(options);
  filter.retried = options.force;
  std::vector<std::string> ids;
  for (const auto& row : filter.run(conn))
    ids.push_back(row.id);
  std::ranges::reverse(ids);
  return ids;
}

void expect_choice(const messenger_options& options) {
  bool filtered = options.all || !options.transport.empty() || !options.type.empty()
                  || !options.error_class.empty() || !options.since.empty();
  if (options.ids.empty() && !filtered)
    throw command_error(exit_code::usage, "which? Name ids, a filter such as --class, or --all");
  if (!options.ids.empty() && filtered)
    throw command_error(exit_code::usage, "either ids or filters, not both");
  expect_uuids(options.ids);
}

exit_code failed_retry(context& ctx, const messenger_options& options) {
  expect_choice(options);
  auto conn = connect(ctx, "messenger");
  pg::messenger_failed_retry request{.ids = chosen_ids(conn, options),
                                     .by = "nova messenger",
                                     .force = options.force,
                                     .transport = options.to};
  if (options.rate > 0)
    request.spacing = std::chrono::milliseconds{1'000 / options.rate};
  table done{{"id", "outcome", "message_id"}, {}};
  if (options.dry_run) {
    for (const auto& id : request.ids)
      done.rows.push_back({id, "would be retried", int64_t{0}});
    print(ctx, done);
    return exit_code::done;
  }
  size_t refused = 0;
  auto line = by_command("retry", "messenger:failed");
  line.arguments = fmt::format(R"({{"messages":{}}})", request.ids.size());
  auto answers = pg::audited(conn, std::move(line), [&](pg::operator_action& made) {
    auto rows = request.run(conn);
    auto sent = std::ranges::count(rows, "retried", &pg::retried_row::outcome);
    made.outcome = fmt::format("{} of {} sent again", sent, rows.size());
    return rows;
  });
  for (const auto& row : answers) {
    done.rows.push_back({row.id, row.outcome, row.message_id});
    refused += row.outcome != "retried";
  }
  if (refused == done.rows.size() && refused == 1 && done.rows[0][1] == cell{"unknown"})
    refuse_unknown(request.ids[0]);
  print(ctx, done);
  if (refused > 0)
    throw command_error(exit_code::failed,
                        std::to_string(refused)
                          + " of them were not sent again: already_retried wants --force, "
                            "duplicate means that the idempotency key is in use, unknown that "
                            "there is none");
  return exit_code::done;
}

exit_code failed_remove(context& ctx, const messenger_options& options) {
  expect_uuids(options.ids);
  expect_consent(ctx, options.yes,
                 "remove deletes " + std::to_string(options.ids.size())
                   + " failed messages, which then cannot be sent again");
  auto conn = connect(ctx, "messenger");
  auto line = by_command("remove", "messenger:failed");
  line.arguments = fmt::format(R"({{"messages":{}}})", options.ids.size());
  auto removed = pg::audited(conn, std::move(line), [&](pg::operator_action& made) {
    auto gone = pg::messenger_failed_remove{options.ids}.run(conn);
    made.outcome = fmt::format("{} of {} deleted", gone.size(), options.ids.size());
    return gone;
  });
  std::string unknown;
  for (const auto& id : options.ids)
    if (std::ranges::find(removed, id) == removed.end())
      unknown += (unknown.empty() ? "" : ", ") + id;
  if (removed.empty())
    refuse_unknown(unknown);
  print(ctx, {{"removed", uint64_t{removed.size()}}, {"unknown", unknown}});
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

exit_code transports(context& ctx, const messenger_options& options) {
  auto conn = connect(ctx, "messenger");
  for (const auto& [name, paused] :
       {std::pair{options.pause, true}, std::pair{options.resume, false}})
    if (!name.empty())
      pause_transport(conn, name, paused);
  table found{{"name", "type", "enabled", "paused", "running_max", "attempts_max", "config"}, {}};
  for (const auto& row : pg::messenger_transports{}.run(conn))
    found.rows.push_back({row.name, row.type, row.enabled, row.paused, int64_t{row.running_max},
                          int64_t{row.attempts_max}, row.config});
  print(ctx, found);
  return exit_code::done;
}

void add_filters(CLI::App& sub, messenger_options& options) {
  sub.add_option("--transport", options.transport, "Only of this transport");
  sub.add_option("--type", options.type, "Only of this type of message");
  sub.add_option("--class", options.error_class, "Only with this class of error");
  sub.add_option("--since", options.since, "Only what failed since, such as 2026-01-31");
  sub.add_option("--limit", options.limit, "At most so many")->check(CLI::Range(1, 100'000));
}

void add_failed(CLI::App& parent, const std::shared_ptr<messenger_options>& options,
                const std::function<CLI::App*(CLI::App&, const char*, const char*, command)>& sub) {
  auto& failed = *parent.add_subcommand("failed", "Messages that could not be done");
  failed.require_subcommand(1);
  failed.footer("Examples:\n  nova messenger failed list --class net_error\n"
                "  nova messenger failed retry --class net_error --rate 10\n"
                "  nova messenger failed remove ID ID --yes");
  auto* list = sub(failed, "list", "Which, and why", failed_list);
  add_filters(*list, *options);
  list->add_flag("--retried", options->retried, "Those that were sent again too");
  sub(failed, "show", "One of them whole, with its history", failed_show)
    ->add_option("ID", options->id, "Its id")
    ->required();
  auto* retry = sub(failed, "retry", "Send them again, with all their attempts", failed_retry);
  retry->add_option("ID", options->ids, "These");
  add_filters(*retry, *options);
  retry->preparse_callback([options](size_t) { options->limit = retry_limit_default; });
  retry->add_flag("--all", options->all, "All, up to --limit");
  retry->add_flag("--force", options->force, "Also what was retried already");
  retry->add_flag("--dry-run", options->dry_run, "Only say which");
  retry->add_option("--to", options->to, "To another transport");
  retry->add_option("--rate", options->rate, "So many a second")->check(CLI::Range(1, 1'000));
  auto* remove = sub(failed, "remove", "Delete them", failed_remove);
  remove->add_option("ID", options->ids, "These")->required();
  remove->add_flag("--yes", options->yes, "Do not ask");
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
  add_failed(messenger, options, sub);
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
