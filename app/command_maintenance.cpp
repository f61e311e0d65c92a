#include "actors/rejects.hpp"
#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/output.hpp"
#include "pg/cluster/prune_cluster_history.hpp"
#include "pg/email/fill_search.hpp"
#include "pg/integrations/close_lost_syncs.hpp"
#include "pg/messenger/messenger_prune.hpp"
#include "pg/messenger/messenger_rescue.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace nova::app {
namespace {

constexpr uint32_t search_batch = 500;
constexpr uint32_t reread_batch = 100;

exit_code fill_search(context& ctx) {
  auto conn = connect(ctx);
  uint64_t rows = 0;
  while (auto more = pg::fill_search{search_batch}.run(conn))
    rows += more;
  print(ctx, {{"task", std::string("fill_search")}, {"rows", rows}});
  return exit_code::done;
}

exit_code prune(context& ctx) {
  auto conn = connect(ctx);
  uint64_t failures = 0, nodes = 0;
  for (;;) {
    auto gone = pg::prune_cluster_history{}.run(conn);
    failures += static_cast<uint64_t>(gone.failures);
    nodes += static_cast<uint64_t>(gone.nodes);
    if (gone.failures == 0 && gone.nodes == 0)
      break;
  }
  print(ctx, {{"task", std::string("prune")}, {"failures", failures}, {"nodes", nodes}});
  return exit_code::done;
}

/// Runs until nothing is left, or once for what answers how much it found.
exit_code upkeep(context& ctx, const std::string& task) {
  auto conn = task == "reread"             ? connect(ctx)
              : task == "close_lost_syncs" ? connect(ctx, "integrations")
                                           : connect(ctx, "messenger");
  uint64_t rows = 0;
  auto run = [&]() -> uint64_t {
    if (task == "reread")
      return reread_rejects(conn, reread_batch);
    if (task == "close_lost_syncs")
      return pg::close_lost_syncs{}.run(conn);
    return task == "messenger_prune" ? pg::messenger_prune{}.run(conn)
                                     : pg::messenger_rescue{}.run(conn);
  };
  while (auto more = run())
    rows += more;
  print(ctx, {{"task", task}, {"rows", rows}});
  return exit_code::done;
}

} // namespace

void add_maintenance(CLI::App& root, command_line& line) {
  auto task = std::make_shared<std::string>();
  auto& command = *root.add_subcommand("maintenance", "Upkeep of the database");
  command.require_subcommand(1);
  command.footer(
    "A node with the role maintenance does the same by and by.\n\n"
    "Examples:\n  nova maintenance run fill_search\n  nova maintenance run prune --json");
  auto& run = *command.add_subcommand("run", "Run a task now, until nothing is left to do");
  run
    .add_option(
      "TASK", *task,
      "fill_search (make changed mail searchable), prune (forget old failures and nodes), reread "
      "(read again what an older version of Nova could not), messenger_rescue (give back what dead "
      "workers held), messenger_prune (forget messages that are kept no longer) or "
      "close_lost_syncs "
      "(end runs of dead workers)")
    ->required()
    ->check(CLI::IsMember({"fill_search", "prune", "reread", "messenger_rescue", "messenger_prune",
                           "close_lost_syncs"}));
  run.callback([&line, task] {
    line.chosen = [task](context& ctx) {
      if (*task == "prune")
        return prune(ctx);
      return *task == "fill_search" ? fill_search(ctx) : upkeep(ctx, *task);
    };
  });
}

} // namespace nova::app
