#include "app/commands.hpp"
#include "app/doctor.hpp"
#include "app/output.hpp"
#include "shell/diagnosis.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

namespace nova::app {
namespace {

/// What monitoring takes from a check: one line, and an exit code of its own.
exit_code tell_monitoring(context& ctx, const examination& made) {
  using base::finding_level;
  auto count = [&](finding_level level) {
    return std::ranges::count(made.found, level, &base::finding::level);
  };
  auto critical = count(finding_level::critical), warnings = count(finding_level::warning);
  constexpr std::array words{"OK", "WARNING", "CRITICAL", "UNKNOWN"};
  auto state = !made.database_reached ? 3 : critical > 0 ? 2 : warnings > 0 ? 1 : 0;
  ctx.out << words.at(state);
  if (critical + warnings > 0)
    ctx.out << fmt::format(": {} critical, {} warnings; {}: {}", critical, warnings,
                           made.found.front().what, made.found.front().text);
  ctx.out << '\n';
  return static_cast<exit_code>(state);
}

exit_code examine_all(context& ctx, bool check) {
  auto made = examine(ctx.loaded);
  if (check)
    return tell_monitoring(ctx, made);
  if (ctx.json) {
    table all{{"level", "what", "text", "since", "next"}, {}};
    for (const auto& one : made.found)
      all.rows.push_back(
        {std::string{to_string(one.level)}, one.what, one.text, one.since, one.next});
    print(ctx, all);
  } else {
    shell::tell(ctx.out, made.found);
  }
  return made.database_reached ? shell::verdict_on({made.found, {}, exit_code::done, {}})
                               : exit_code::unreachable;
}

} // namespace

void add_doctor(CLI::App& root, command_line& line) {
  auto& command =
    *root.add_subcommand("doctor", "Look for what is wrong, and say what to do about it");
  command.footer(
    "Looks at the server, at work that is due and does not move, at what the nodes see of "
    "themselves (when one\nanswers on this machine), at the settings here, the Nylas key and each "
    "inbox's grant. The worst comes first,\nwith what helps; notes are what somebody wants so, or "
    "would only be faster. Exits with 1 when something is wrong,\n3 when the database cannot be "
    "reached. With --check as monitoring wants it: one line, and 0 for ok, 1 warning,\n2 critical, "
    "3 unknown.\n\n"
    "Examples:\n  nova doctor --json\n  nova doctor --check");
  auto check = std::make_shared<bool>(false);
  command.add_flag("--check", *check, "One line for monitoring");
  command.callback(
    [&line, check] { line.chosen = [check](context& ctx) { return examine_all(ctx, *check); }; });
}

} // namespace nova::app
