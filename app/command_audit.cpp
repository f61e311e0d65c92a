#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/inbox_lookup.hpp"
#include "app/output.hpp"
#include "app/verification.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace nova::app {
namespace {

struct audit_options {
  std::string inbox;
  bool repair = false;
};

exit_code audit(context& ctx, const audit_options& options) {
  if (ctx.values().nylas_api_key.empty())
    throw command_error(exit_code::usage, "NYLAS_API_KEY is not set: the audit asks the provider");
  auto conn = connect(ctx);
  auto inbox = find_inbox_or_fail(conn, options.inbox);
  verification_scope scope{inbox.id, inbox.grant_id, options.repair, {}};
  auto found =
    verify_mailbox(conn, {ctx.values().nylas_api_uri, ctx.values().nylas_api_key}, scope);
  print(ctx, {{"inbox_id", inbox.id},
              {"messages", found.messages},
              {"threads", found.threads},
              {"missing", found.missing},
              {"stale", found.stale},
              {"extra", found.extra},
              {"threads_wrong", found.threads_wrong},
              {"repaired", found.repaired},
              {"api_calls", found.api_calls},
              {"equal", found.equal()}});
  if (!ctx.json)
    for (const auto& difference : found.differences)
      ctx.out << "  " << difference << '\n';
  return found.equal() || options.repair ? exit_code::done : exit_code::failed;
}

} // namespace

void add_audit(CLI::App& root, command_line& line) {
  auto options = std::make_shared<audit_options>();
  auto& command = *root.add_subcommand("audit", "Compare an inbox with the provider, row by row");
  command.footer("Lists the whole mailbox through the API. Exits with 1 when they differ and "
                 "--repair was not given. "
                 "--repair stores\nwhat is missing or stale; what the database alone has is asked "
                 "for by a sweep.\n\n"
                 "Example:\n  nova audit you@example.com --repair");
  command.add_option("INBOX", options->inbox, "Id, grant or address")->required();
  command.add_flag("--repair", options->repair, "Store what is missing or stale");
  command.callback(
    [&line, options] { line.chosen = [options](context& ctx) { return audit(ctx, *options); }; });
}

} // namespace nova::app
