#include "app/commands.hpp"
#include "app/consent.hpp"
#include "app/database_connection.hpp"
#include "app/grant_check.hpp"
#include "app/inbox_lookup.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "pg/email/add_inbox.hpp"
#include "pg/email/inbox_users.hpp"
#include "pg/email/list_inboxes.hpp"
#include "pg/email/remove_inbox.hpp"
#include "pg/email/set_inbox_status.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string_view>

namespace nova::app {
namespace {

struct inbox_options {
  std::string email, grant, provider, inbox;
  bool yes = false;
  bool replace = false;
};

std::vector<std::pair<std::string, cell>> fields(const inbox& inbox) {
  return {{"id", inbox.id.value},
          {"email", inbox.email},
          {"grant_id", inbox.grant.value},
          {"provider", inbox.provider},
          {"status", inbox.status},
          {"status_reason", inbox.status_reason},
          {"verified_until", utc(inbox.last_verified_at)}};
}

/// As `add_inbox.sql` compares them: without regard to the case of ASCII letters.
bool same_address(std::string_view left, std::string_view right) {
  auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

pg::added_inbox add_or_fail(pg::connection& conn, const inbox_options& options) {
  pg::add_inbox adding{options.email, grant_id{options.grant}, options.provider, options.replace};
  auto added = adding.run(conn);
  if (!same_address(added.email, options.email))
    throw command_error(exit_code::failed,
                        "--grant: " + options.grant + " is the grant of " + added.email + " (inbox "
                          + added.id.value + (added.status == "removed" ? ", removed" : "")
                          + "), not of " + options.email
                          + ": nothing was changed; give the grant that Nylas made for "
                          + options.email + ", or add the inbox again as " + added.email);
  return added;
}

/// Mail of one mailbox in two inboxes is hardly what somebody wants.
void tell_others(context& ctx, pg::connection& conn, const inbox& added) {
  for (const auto& other : pg::list_inboxes{added.email}.run(conn))
    if (other.id != added.id)
      ctx.err << "nova: inbox " << other.id.value << " has the same address (grant "
              << other.grant.value << ", provider " << other.provider << ", " << other.status
              << ") and stays as it is; added with --replace instead, "
                 "an inbox of the address would have gone on with the new grant\n";
}

exit_code add(context& ctx, const inbox_options& options) {
  auto conn = connect(ctx);
  if (options.email.find('@') == std::string::npos)
    throw command_error(exit_code::usage, "--email: '" + options.email + "' is not an address");
  auto added = pg::audited(conn, by_command("add", "inbox:" + options.email),
                           [&](pg::operator_action&) { return add_or_fail(conn, options); });
  tell_others(ctx, conn, added);
  auto all = fields(added);
  all.emplace_back("former_grant", added.former_grant.value);
  print(ctx, all);
  return exit_code::done;
}

exit_code list(context& ctx, const inbox_options&) {
  auto conn = connect(ctx);
  auto users = pg::inbox_users{}.run(conn);
  table found{{"id", "email", "provider", "status", "verified_until", "status_reason", "user_id"},
              {}};
  for (const auto& inbox : pg::list_inboxes{}.run(conn))
    found.rows.push_back({inbox.id.value, inbox.email, inbox.provider, inbox.status,
                          utc(inbox.last_verified_at), inbox.status_reason, users[inbox.id.value]});
  print(ctx, found);
  return exit_code::done;
}

exit_code show(context& ctx, const inbox_options& options) {
  auto conn = connect(ctx);
  print(ctx, fields(find_inbox_or_fail(conn, options.inbox)));
  return exit_code::done;
}

/// After its owner has authorised it again, or the key was mended: nodes see the row within ten
/// seconds.
exit_code check(context& ctx, const inbox_options& options) {
  auto conn = connect(ctx);
  auto inbox = find_inbox_or_fail(conn, options.inbox);
  const auto& values = ctx.values();
  if (values.nylas_api_key.empty())
    throw command_error(exit_code::usage, "NYLAS_API_KEY is not set");
  nylas::transport transport{{values.nylas_api_uri, values.nylas_api_key}, {}};
  auto any = nylas::list_grants(1, 0);
  if (auto answer = ask_provider(transport, any);
      nylas::classify(any, answer) == nylas::verdict::auth)
    throw command_error(exit_code::failed,
                        "Nylas refuses NYLAS_API_KEY, so no grant can be judged: `nova doctor`");
  auto found = check_grant(transport, inbox.grant);
  auto status = inbox.status;
  if (found.state == grant_state::valid && status == "auth_expired") {
    pg::audited(conn, by_command("check", "inbox:" + inbox.id.value), [&](pg::operator_action&) {
      return pg::set_inbox_status{inbox.grant, "active", "checked: the grant is valid"}.run(conn);
    });
    status = "active";
  }
  print(ctx, {{"id", inbox.id.value}, {"status", status}, {"grant", found.text}});
  if (found.state == grant_state::unknown)
    return exit_code::unreachable;
  return found.state == grant_state::valid ? exit_code::done : exit_code::failed;
}

exit_code remove(context& ctx, const inbox_options& options) {
  auto conn = connect(ctx);
  auto inbox = find_inbox_or_fail(conn, options.inbox);
  // Its mail stays and it can be added again, so scripts need not say so.
  expect_consent(ctx, options.yes || !ctx.answers,
                 inbox.email + " is disconnected: its new mail is no longer stored");
  auto removed =
    pg::audited(conn, by_command("remove", "inbox:" + inbox.id.value),
                [&](pg::operator_action&) { return pg::remove_inbox{inbox.id}.run(conn); });
  print(ctx, {{"id", inbox.id.value}, {"removed", removed}});
  return removed ? exit_code::done : exit_code::failed;
}

} // namespace

void add_inbox(CLI::App& root, command_line& line) {
  auto options = std::make_shared<inbox_options>();
  auto& command = *root.add_subcommand("inbox", "Connected email accounts");
  command.require_subcommand(1);
  command.footer("INBOX is our id, the grant's id or the address.\n\nExamples:\n"
                 "  nova inbox add --email you@example.com --grant GRANT_ID --provider google\n"
                 "  nova inbox show you@example.com --json");
  auto sub = [&](const char* name, const char* help,
                 exit_code (*run)(context&, const inbox_options&)) {
    auto& made = *command.add_subcommand(name, help);
    made.callback([&line, options, run] {
      line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
    return &made;
  };
  auto* adding = sub("add", "Connect an account", add);
  adding->add_option("--email", options->email, "Its address")->required();
  adding->add_option("--grant", options->grant, "Its Nylas grant")->required();
  adding
    ->add_option("--provider", options->provider,
                 "google, microsoft, imap, icloud, yahoo, ews or nylas; sets the pace")
    ->check(CLI::IsMember({"google", "microsoft", "imap", "icloud", "yahoo", "ews", "nylas"}));
  adding->add_flag("--replace", options->replace,
                   "An inbox of the address goes on with the grant even while it is in use");
  sub("list", "List all", list);
  sub("show", "Show one", show)->add_option("INBOX", options->inbox)->required();
  sub("check", "Ask Nylas about its grant; what is valid again works again", check)
    ->add_option("INBOX", options->inbox)
    ->required();
  auto* removing = sub("remove", "Disconnect one; its mail stays", remove);
  removing->add_option("INBOX", options->inbox)->required();
  removing->add_flag("--yes", options->yes, "Do not ask");
}

} // namespace nova::app
