#include "demo/command_demo.hpp"

#include "demo/demo.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace nova::demo {

void add_demo(CLI::App& root, app::command_line& line) {
  auto options = std::make_shared<demo_options>();
  auto& command = *root.add_subcommand(
    "demo", "Backfill a simulated mailbox into a private PostgreSQL and compare the two");
  command.footer("Needs no configuration and leaves nothing behind.\n\nExamples:\n  nova demo\n"
                 "  nova demo --threads 1000 --json\n  nova demo --threads 2000 --kills 20");
  command.add_option("--threads", options->threads, "Threads in the mailbox")
    ->check(CLI::Range(0, 10'000'000));
  command
    .add_option("--messages", options->messages,
                "Messages a thread; 0: as real mailboxes have them")
    ->check(CLI::Range(0, 10'000));
  command.add_option("--body-bytes", options->body_bytes, "Mean size of a body")
    ->check(CLI::Range(1, 1'000'000));
  command.add_option("--nodes", options->nodes, "Node processes")->check(CLI::Range(1, 16));
  command.add_option("--kills", options->kills,
                     "Kill a node so often at random points of its work, and start it again");
  command.add_option("--live-changes", options->live_changes,
                     "Changes of the mailbox afterwards that come by webhook; 0: none, ever");
  command
    .add_option("--replies-meanwhile", options->replies_meanwhile,
                "Replies a second while the backfill runs, beside other changes")
    ->check(CLI::Range(0, 1000));
  command.add_option("--live-rate", options->live_rate, "Changes a second")
    ->check(CLI::Range(1, 10'000));
  command.add_option("--live-script", options->live_script,
                     "How the changes come: duplicates, order, gzip … (docs/simulator.md, live)");
  command.add_option("--restart-database", options->restart_database,
                     "Restart PostgreSQL so often while webhooks arrive");
  command.add_option("--faults", options->faults, "A fault script (docs/simulator.md)");
  command.add_option("--strategy", options->strategy, "How the backfill finds mail")
    ->check(CLI::IsMember({"threads", "messages"}));
  command
    .add_option("--provider", options->provider,
                "Whose habits the mailbox has; only nylas sets no pace")
    ->check(CLI::IsMember({"nylas", "google", "microsoft", "imap"}));
  command.add_option("--seed", options->seed, "The same seed gives the same mail");
  command.add_option("--folder", options->folder,
                     "Keep database and logs there; without it a temporary folder is used");
  command.add_flag("--serve", options->serve, "Stay up afterwards, until a signal comes");
  command.callback([&line, options] {
    line.chosen = [options](app::context& ctx) {
      options->json = ctx.json;
      return run_demo(*options) == 0 ? app::exit_code::done : app::exit_code::failed;
    };
  });
}

} // namespace nova::demo
