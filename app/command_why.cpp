#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/output.hpp"
#include "mail/message.hpp"
#include "pg/email/find_messages.hpp"
#include "pg/message_view.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <utility>

namespace nova::app {
namespace {

// Messages of one subject and day, and steps of one message, that are told.
constexpr int64_t messages_max = 20, steps_max = 1000;
constexpr int64_t day_seconds = 86'400;

struct why_options {
  std::string message, rfc822, subject, day, inbox;
};

/// What is asked: a message, those that a Message-ID or a subject names, or, where none is stored,
/// the day alone.
std::vector<pg::message_question> questions(pg::connection& conn, const why_options& options) {
  if (!options.message.empty())
    return {{options.message, options.inbox, {}}};
  if (!options.rfc822.empty())
    return pg::messages_of_rfc822(conn, options.rfc822, options.inbox, messages_max);
  auto from = parse_time("--day", options.day);
  std::vector<pg::message_question> all;
  pg::find_messages wanted{options.inbox, options.subject, from, from + day_seconds, messages_max};
  for (auto& id : wanted.run(conn))
    all.push_back({std::move(id.value), options.inbox, {}});
  if (all.empty())
    all.push_back({{}, options.inbox, from});
  return all;
}

exit_code why(context& ctx, const why_options& options) {
  auto ways =
    int{!options.message.empty()} + int{!options.rfc822.empty()} + int{!options.subject.empty()};
  if (ways != 1 || options.subject.empty() != options.day.empty())
    throw command_error(exit_code::usage,
                        "why takes MESSAGE_ID, or --rfc822 ID, or --subject TEXT and --day D");
  if (!options.rfc822.empty() && bare_rfc822_id(options.rfc822).empty())
    throw command_error(exit_code::usage, "--rfc822 '" + options.rfc822
                                            + "': a Message-ID is accepted, such as "
                                              "'<a1@mail.example.com>', with its brackets or not");
  auto conn = connect(ctx);
  table found{{"message", "inbox", "step", "state", "at", "text", "next"}, {}};
  bool known = false;
  size_t asked_for = 0, stored = 0;
  for (const auto& asked : questions(conn, options)) {
    auto told = pg::explain_message(conn, asked, steps_max);
    for (auto& one : told.steps)
      found.rows.push_back({asked.message, std::move(one.inbox), std::move(one.step),
                            std::move(one.state), one.at.value_or(""), std::move(one.text),
                            std::move(one.next)});
    known |= told.known;
    stored += told.stored ? 1 : 0;
    ++asked_for;
  }
  print(ctx, found);
  if (!known)
    return exit_code::nothing;
  // A mail has one Message-ID under all the ids that it had: it is there when one of them is.
  auto there = options.rfc822.empty() ? stored == asked_for : stored > 0;
  return there ? exit_code::done : exit_code::failed;
}

} // namespace

void add_why(CLI::App& root, command_line& line) {
  auto options = std::make_shared<why_options>();
  auto& command = *root.add_subcommand("why", "How a message came, or why it is not there");
  command.footer("Exits with 0 when it is stored, 1 when it is known and not there, 7 when nothing "
                 "is known of it.\n\n"
                 "Examples:\n  nova why 18f2c0a9\n"
                 "  nova why --rfc822 '<a1@mail.example.com>'\n"
                 "  nova why --subject invoice --day 2026-01-31 --inbox you@example.com");
  command.add_option("MESSAGE_ID", options->message, "The provider's id of the message");
  command.add_option("--rfc822", options->rfc822, "Its header Message-ID");
  command.add_option("--subject", options->subject, "A part of its subject, with --day");
  command.add_option("--day", options->day, "The day that it is dated, like 2026-01-31 (UTC)");
  command.add_option("--inbox", options->inbox, "Only of this inbox: id, grant or address");
  command.callback(
    [&line, options] { line.chosen = [options](context& ctx) { return why(ctx, *options); }; });
}

} // namespace nova::app
