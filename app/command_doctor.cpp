#include "app/commands.hpp"
#include "app/doctor.hpp"
#include "app/output.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace nova::app {
namespace {

/// What monitoring takes from a check: one line, and an exit code of its own.
exit_code tell_monitoring(context& ctx, const std::vector<finding>& findings, bool reached) {
  uint64_t critical = 0, warnings = 0;
  const finding* worst = nullptr;
  for (const auto& one : findings) {
    if (one.ok)
      continue;
    auto is_critical = one.level == severity::critical;
    (is_critical ? critical : warnings) += 1;
    if (worst == nullptr || (is_critical && worst->level != severity::critical))
      worst = &one;
  }
  constexpr std::array words{"OK", "WARNING", "CRITICAL", "UNKNOWN"};
  auto state = !reached ? 3 : critical > 0 ? 2 : warnings > 0 ? 1 : 0;
  ctx.out << words.at(state);
  if (worst != nullptr)
    ctx.out << fmt::format(": {} critical, {} warnings; {}: {}", critical, warnings, worst->check,
                           worst->text);
  ctx.out << '\n';
  return static_cast<exit_code>(state);
}

exit_code examine_all(context& ctx, bool check) {
  auto findings = examine(ctx.loaded);
  bool good = true;
  bool reached = true;
  for (const auto& finding : findings) {
    good = good && finding.ok;
    reached = reached && (finding.ok || finding.check != "database");
  }
  if (check)
    return tell_monitoring(ctx, findings, reached);
  table found{{"check", "ok", "finding", "advice"}, {}};
  for (const auto& finding : findings)
    found.rows.push_back({finding.check, finding.ok, finding.text, finding.advice});
  print(ctx, found);
  return !reached ? exit_code::unreachable : good ? exit_code::done : exit_code::failed;
}

} // namespace

void add_doctor(CLI::App& root, command_line& line) {
  auto& command =
    *root.add_subcommand("doctor", "Look for what is wrong, and say what to do about it");
  command.footer(
    "Looks at the database, its migrations, queues, at work that is due and does not move, at the\n"
    "Nylas key and each inbox's grant; and at settings of the server that cost speed: an advice "
    "about what\nis ok. Exits with 1 when something is wrong, 3 when the database cannot be "
    "reached. With --check as monitoring wants it: one line, and 0 for ok, 1 warning, 2 "
    "critical, 3 unknown.\n\n"
    "Examples:\n  nova doctor --json\n  nova doctor --check");
  auto check = std::make_shared<bool>(false);
  command.add_flag("--check", *check, "One line for monitoring");
  command.callback(
    [&line, check] { line.chosen = [check](context& ctx) { return examine_all(ctx, *check); }; });
}

} // namespace nova::app
