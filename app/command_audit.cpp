#include "app/asked_mailbox.hpp"
#include "app/commands.hpp"
#include "app/output.hpp"
#include "base/printable.hpp"
#include "pg/audited.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <ostream>
#include <utility>

namespace nova::app {
namespace {

std::string outcome_of(const verification& found, bool repairs) {
  if (repairs)
    return fmt::format("{} stored, {} made tombstones, {} undecided", found.repaired, found.deleted,
                       found.unresolved);
  return found.equal() ? "equal" : "different";
}

exit_code audit(context& ctx, const mailbox_options& options) {
  auto mailbox = ask_about(ctx, options);
  auto found = pg::audited_at_length(mailbox.conn, mailbox.line(), [&](pg::operator_action& line) {
    auto compared = mailbox.compare();
    line.outcome = outcome_of(compared, options.repair);
    return compared;
  });
  print(ctx, {{"inbox_id", mailbox.of.id.value},
              {"messages", found.messages},
              {"threads", found.threads},
              {"missing", found.missing},
              {"stale", found.stale},
              {"extra", found.extra},
              {"unreadable", found.unreadable},
              {"unlisted", found.unlisted},
              {"in_flight", found.in_flight},
              {"threads_wrong", found.threads_wrong},
              {"repaired", found.repaired},
              {"deleted", found.deleted},
              {"unresolved", found.unresolved},
              {"api_calls", found.api_calls},
              {"equal", found.equal()}});
  if (!ctx.json)
    for (const auto& difference : found.differences)
      ctx.out << "  " << base::printable(difference) << '\n';
  auto good = options.repair ? found.unresolved == 0 && found.unreadable == 0 : found.equal();
  return good ? exit_code::done : exit_code::failed;
}

} // namespace

void add_audit(CLI::App& root, command_line& line) {
  auto options = std::make_shared<mailbox_options>();
  auto& command = *root.add_subcommand("audit", "Compare an inbox with the provider, row by row");
  command.footer(
    "Lists the mailbox, or the mail of a window, through the API. Exits with 1 when "
    "they differ and --repair was\nnot given, or when it could not repair all. --repair "
    "stores what is missing or stale; what the database alone\nhas becomes a tombstone "
    "after two 404s a minute apart.\n\n"
    "Examples:\n  nova audit you@example.com\n"
    "  nova audit you@example.com --from 2026-01-01 --to 2026-01-31 --repair");
  add_mailbox_options(command, *options);
  command.callback(
    [&line, options] { line.chosen = [options](context& ctx) { return audit(ctx, *options); }; });
}

} // namespace nova::app
