#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/inbox_lookup.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "app/verification.hpp"
#include "base/printable.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <ostream>
#include <utility>

namespace nova::app {
namespace {

struct audit_options {
  std::string inbox, from, to;
  bool repair = false;
};

/// A comparison changes certificates, and so leaves its line in the audit log.
template <class Verify>
verification recorded(pg::connection& conn, const inbox& inbox, bool repairs, Verify verify) {
  return pg::audited_at_length(
    conn, by_command(repairs ? "repair" : "certify", "inbox:" + inbox.id.value),
    [&](pg::operator_action& line) {
      auto found = verify();
      line.outcome = repairs         ? fmt::format("{} stored, {} made tombstones, {} undecided",
                                                   found.repaired, found.deleted, found.unresolved)
                     : found.equal() ? "equal"
                                     : "different";
      return found;
    });
}

exit_code audit(context& ctx, const audit_options& options) {
  if (ctx.values().nylas_api_key.empty())
    throw command_error(exit_code::usage, "NYLAS_API_KEY is not set: the audit asks the provider");
  auto days = parse_days(options.from, options.to);
  auto conn = connect_to_write(ctx);
  auto inbox = find_inbox_or_fail(conn, options.inbox);
  verification_scope scope;
  scope.inbox = inbox.id;
  scope.grant_id = inbox.grant.value;
  scope.provider = inbox.provider;
  scope.by = operator_here("command").who;
  scope.repair = options.repair;
  scope.days = days;
  scope.attachments_listed = ctx.values().attachments.listed;
  scope.waiting = [&ctx](const std::string& sentence) {
    if (!ctx.json)
      ctx.err << base::printable(sentence) << std::endl; // it may be a while
  };
  auto verify = [&] {
    return verify_mailbox(conn, {ctx.values().nylas_api_uri, ctx.values().nylas_api_key}, scope);
  };
  auto found = recorded(conn, inbox, options.repair, verify);
  print(ctx, {{"inbox_id", inbox.id.value},
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
  auto options = std::make_shared<audit_options>();
  auto& command = *root.add_subcommand("audit", "Compare an inbox with the provider, row by row");
  command.footer(
    "Lists the mailbox, or the mail of a window, through the API. Exits with 1 when "
    "they differ and --repair was\nnot given, or when it could not repair all. --repair "
    "stores what is missing or stale; what the database alone\nhas becomes a tombstone "
    "after two 404s a minute apart.\n\n"
    "Examples:\n  nova audit you@example.com\n"
    "  nova audit you@example.com --from 2026-01-01 --to 2026-01-31 --repair");
  command.add_option("INBOX", options->inbox, "Id, grant or address")->required();
  command.add_option("--from", options->from, "Only mail from this day on, like 2026-01-31 (UTC)");
  command.add_option("--to", options->to, "Only mail up to this day, which is in it");
  command.add_flag("--repair", options->repair, "Make the database what the provider says");
  command.callback(
    [&line, options] { line.chosen = [options](context& ctx) { return audit(ctx, *options); }; });
}

} // namespace nova::app
