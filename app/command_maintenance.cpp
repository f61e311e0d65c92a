#include "actors/maintenance_task.hpp"
#include "actors/rejects.hpp"
#include "app/command_upkeep.hpp"
#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "pg/cluster/after_restore.hpp"
#include "pg/cluster/before_restore.hpp"
#include "pg/cluster/prune_cluster_history.hpp"
#include "pg/email/fill_search.hpp"
#include "pg/email/sweep_attachment_contents.hpp"
#include "pg/integrations/close_lost_syncs.hpp"
#include "pg/integrations/prune_syncs.hpp"
#include "pg/messenger/messenger_prune.hpp"
#include "pg/messenger/messenger_rescue.hpp"
#include "pg/systems.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <tuple>

namespace nova::app {
namespace {

constexpr uint32_t search_batch = 500;
constexpr uint32_t reread_batch = 100;

exit_code prune(context& ctx) {
  auto conn = connect_to_write(ctx);
  auto line = by_command("run", "task:prune");
  auto [failures, nodes, contents,
        syncs] = pg::audited_at_length(conn, std::move(line), [&](pg::operator_action& made) {
    uint64_t failures = 0, nodes = 0, contents = pg::sweep_attachment_contents{}.run(conn);
    for (;;) {
      auto gone = pg::prune_cluster_history{}.run(conn);
      failures += static_cast<uint64_t>(gone.failures);
      nodes += static_cast<uint64_t>(gone.nodes);
      if (gone.failures == 0 && gone.nodes == 0)
        break;
    }
    uint64_t syncs = 0;
    if (pg::has_system(conn, "integrations"))
      while (auto gone = pg::prune_syncs{}.run(conn))
        syncs += gone;
    made.outcome = fmt::format("{} failures, {} nodes, {} contents of attachments and {} runs and "
                               "alerts of syncs forgotten",
                               failures, nodes, contents, syncs);
    return std::tuple{failures, nodes, contents, syncs};
  });
  print(ctx, {{"task", std::string("prune")},
              {"failures", failures},
              {"nodes", nodes},
              {"contents", contents},
              {"syncs", syncs}});
  return exit_code::done;
}

/// Runs until nothing is left, or once for what answers how much it found.
exit_code upkeep(context& ctx, const std::string& task) {
  auto conn = task == "close_lost_syncs"      ? connect_to_write(ctx, "integrations")
              : task.starts_with("messenger") ? connect_to_write(ctx, "messenger")
                                              : connect_to_write(ctx);
  auto run = [&]() -> uint64_t {
    if (task == "fill_search")
      return pg::fill_search{search_batch}.run(conn);
    if (task == "reread")
      return reread_rejects(conn, reread_batch);
    if (task == "close_lost_syncs")
      return pg::close_lost_syncs{}.run(conn);
    return task == "messenger_prune" ? pg::messenger_prune{}.run(conn)
                                     : pg::messenger_rescue{}.run(conn);
  };
  auto rows =
    pg::audited_at_length(conn, by_command("run", "task:" + task), [&](pg::operator_action& line) {
      uint64_t count = 0;
      while (auto more = run())
        count += more;
      line.outcome = fmt::format("{} rows", count);
      return count;
    });
  print(ctx, {{"task", task}, {"rows", rows}});
  return exit_code::done;
}

exit_code before_restore(context& ctx, const std::vector<std::string>& queues) {
  auto conn = connect_to_write(ctx);
  // Not audited: the rows of the audit come with the restore, and must find an empty table.
  auto emptied = pg::before_restore{queues}.run(conn);
  print(ctx, {{"tables", int64_t{emptied}}});
  return exit_code::done;
}

exit_code after_restore(context& ctx) {
  auto conn = connect_to_write(ctx);
  auto steps = pg::audited(conn, by_command("after-restore", "database"),
                           [&](pg::operator_action&) { return pg::after_restore{}.run(conn); });
  table found{{"step", "rows"}, {}};
  for (const auto& one : steps)
    found.rows.push_back({one.step, one.rows});
  print(ctx, found);
  return exit_code::done;
}

void add_restore(CLI::App& command, command_line& line) {
  auto queues = std::make_shared<std::vector<std::string>>();
  auto& before = *command.add_subcommand(
    "before-restore", "Make a migrated, unused database ready for a restore of data alone");
  before.add_option("--queue", *queues,
                    "A queue of yours that the data have messages of; may be given again");
  before.callback([&line, queues] {
    line.chosen = [queues](context& ctx) { return before_restore(ctx, *queues); };
  });
  auto& after = *command.add_subcommand(
    "after-restore", "What a restored, copied or set back database needs before nodes start");
  after.footer(
    "Stop all nodes first. Ends the nodes of before and gives back what they held, moves "
    "ids and fencing\nnumbers on, has the mail since looked for, refreshes views, and "
    "notes the server. docs/backup.md");
  after.callback([&line] { line.chosen = [](context& ctx) { return after_restore(ctx); }; });
}

} // namespace

void add_maintenance(CLI::App& root, command_line& line) {
  auto task = std::make_shared<std::string>();
  auto by_node = std::make_shared<bool>(false);
  auto& command = *root.add_subcommand("maintenance", "Upkeep of the database");
  command.require_subcommand(1);
  command.footer(
    "A node with the role jobs runs each task when it is due.\n\n"
    "Examples:\n  nova maintenance list\n  nova maintenance run prune --json\n"
    "  nova maintenance run refresh_monthly_usage_summary\n  nova maintenance history --failed");
  add_upkeep(command, line);
  add_restore(command, line);
  auto& run = *command.add_subcommand("run", "Run a task now, until nothing is left to do");
  run
    .add_option(
      "TASK", *task,
      "Its name, as `nova maintenance list` has it. Built in are fill_search (make changed mail "
      "searchable), prune (forget old failures and nodes), reread (read again what an older "
      "version "
      "of Nova could not), messenger_rescue (give back what dead workers held), messenger_prune "
      "(forget messages that are kept no longer) and close_lost_syncs (end runs of dead workers)")
    ->required();
  run.add_flag("--by-node", *by_node, "Have a node run it now, and do not wait");
  run.callback([&line, task, by_node] {
    line.chosen = [task, by_node](context& ctx) {
      if (*by_node)
        return ask_for_upkeep(ctx, *task);
      if (!maintenance_task_of(*task))
        return run_upkeep_now(ctx, *task);
      return *task == "prune" ? prune(ctx) : upkeep(ctx, *task);
    };
  });
}

} // namespace nova::app
