#include "app/asked_mailbox.hpp"

#include "app/database_connection.hpp"
#include "app/inbox_lookup.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "base/printable.hpp"

#include <CLI/CLI.hpp>

#include <ostream>
#include <utility>

namespace nova::app {

void add_mailbox_options(CLI::App& command, mailbox_options& options) {
  command.add_option("INBOX", options.inbox, "Id, grant or address");
  command.add_option("--from", options.from, "Only mail from this day on, like 2026-01-31 (UTC)");
  command.add_option("--to", options.to, "Only mail up to this day, which is in it");
  command.add_flag("--repair", options.repair, "Make the database what the provider says");
}

verification asked_mailbox::compare() {
  return verify_mailbox(conn, api, scope);
}

pg::operator_action asked_mailbox::line() const {
  return by_command(scope.repair ? "repair" : "certify", "inbox:" + of.id.value);
}

asked_mailbox ask_about(context& ctx, const mailbox_options& options) {
  if (options.inbox.empty())
    throw command_error(exit_code::usage, "INBOX is required, its id, grant or address");
  if (ctx.values().nylas_api_key.empty())
    throw command_error(exit_code::usage, "NYLAS_API_KEY is not set: the provider is asked");
  auto days = parse_days(options.from, options.to);
  asked_mailbox asked{
    connect_to_write(ctx), {}, {ctx.values().nylas_api_uri, ctx.values().nylas_api_key}, {}};
  asked.of = find_inbox_or_fail(asked.conn, options.inbox);
  auto& scope = asked.scope;
  scope.inbox = asked.of.id;
  scope.grant_id = asked.of.grant.value;
  scope.provider = asked.of.provider;
  scope.by = operator_here("command").who;
  scope.repair = options.repair;
  scope.days = days;
  scope.attachments_listed = ctx.values().attachments.listed;
  if (!ctx.json)
    scope.waiting = [&ctx](const std::string& sentence) {
      ctx.err << base::printable(sentence) << std::endl; // it may be a while
    };
  return asked;
}

} // namespace nova::app
