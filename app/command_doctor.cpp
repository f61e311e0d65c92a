#include "app/commands.hpp"
#include "app/doctor.hpp"
#include "app/output.hpp"

#include <CLI/CLI.hpp>

namespace nova::app {
namespace {

exit_code examine_all(context& ctx) {
  auto findings = examine(ctx.loaded);
  table found{{"check", "ok", "finding", "advice"}, {}};
  bool good = true;
  bool reached = true;
  for (const auto& finding : findings) {
    found.rows.push_back({finding.check, finding.ok, finding.text, finding.advice});
    good = good && finding.ok;
    reached = reached && (finding.ok || finding.check != "database");
  }
  print(ctx, found);
  return !reached ? exit_code::unreachable : good ? exit_code::done : exit_code::failed;
}

} // namespace

void add_doctor(CLI::App& root, command_line& line) {
  auto& command =
    *root.add_subcommand("doctor", "Look for what is wrong, and say what to do about it");
  command.footer("Looks at the database, its migrations, queues, stuck backfills and failed work, "
                 "at the Nylas key and\n"
                 "each inbox's grant. Exits with 1 when something is wrong, 3 when the database "
                 "cannot be reached.\n\n"
                 "Example:\n  nova doctor --json");
  command.callback([&line] { line.chosen = examine_all; });
}

} // namespace nova::app
