#include "app/asked_mailbox.hpp"
#include "app/certificate_file.hpp"
#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/output.hpp"
#include "base/printable.hpp"
#include "pg/audited.hpp"
#include "pg/email/check_attachments.hpp"
#include "pg/email/list_certificates.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <ostream>
#include <utility>

namespace nova::app {
namespace {

// Mail that arrives while a day is listed leaves it stale; then it is listed again.
constexpr int listings_max = 3;
constexpr size_t days_told_max = 20;

struct certify_options : mailbox_options {
  std::string out, check;
  bool attachments = false;
};

using named_cells = std::vector<std::pair<std::string, cell>>;

std::map<std::string, uint64_t> count_states(const std::vector<mail_certificate>& days) {
  std::map<std::string, uint64_t> counts;
  for (const auto& day : days)
    ++counts[day.state];
  return counts;
}

exit_code check(context& ctx, const certify_options& options) {
  std::ifstream file{options.check};
  if (!file)
    throw command_error(exit_code::usage, "--check: " + options.check + " cannot be read");
  auto conn = connect(ctx);
  auto checked = check_certificate(conn, {std::istreambuf_iterator<char>{file}, {}});
  print(ctx, {{"inbox_id", checked.inbox},
              {"days", checked.days},
              {"differences", static_cast<uint64_t>(checked.differences.size())},
              {"equal", checked.differences.empty()}});
  if (!ctx.json)
    for (size_t i = 0; i < checked.differences.size() && i < days_told_max; ++i)
      ctx.out << "  " << base::printable(checked.differences[i]) << '\n';
  return checked.differences.empty() ? exit_code::done : exit_code::failed;
}

void tell_days(context& ctx, const std::vector<mail_certificate>& days) {
  size_t told = 0;
  for (const auto& day : days) {
    if (day.state == "verified" || told++ >= days_told_max)
      continue;
    auto line = fmt::format("  {}  {}  {} listed, {} stored", day.day, day.state,
                            day.provider.count, day.stored.count);
    for (const auto& [what, ids] : {std::pair{"missing", &day.missing},
                                    {"extra", &day.extra},
                                    {"differing", &day.differing},
                                    {"rejected", &day.rejected}})
      if (*ids != "[]")
        line += fmt::format(", {} {}", what, *ids);
    if (day.state == "stale")
      line += ", mail was written meanwhile";
    ctx.out << base::printable(line + (day.reason.empty() ? "" : ": " + day.reason)) << '\n';
  }
  if (told > days_told_max)
    ctx.out << "  and " << told - days_told_max << " days more\n";
}

/// Compares until no day is stale, at most three times. What the first listing found different
/// counts, also when it was mended since; who only looks is told at once. `differences` is what
/// the last listing found.
bool compare(asked_mailbox& mailbox, std::vector<std::string>& differences) {
  auto& scope = mailbox.scope;
  bool repairs = scope.repair;
  auto found = mailbox.compare();
  bool good = found.equal(), again = repairs && !good;
  differences = std::move(found.differences);
  if (!good && !repairs)
    return false;
  scope.repair = false;
  for (int listing = 1; listing < listings_max; ++listing) {
    auto days = pg::list_certificates{scope.inbox, scope.days}.run(mailbox.conn);
    if (!again && count_states(days)["stale"] == 0)
      break;
    again = false;
    auto next = mailbox.compare();
    differences = std::move(next.differences);
    // A repair is good when the listing after it is.
    good = next.equal() && (good || (repairs && listing == 1));
    if (!good)
      break;
  }
  return good;
}

/// The counts of all days together; attachments of days that were compared before bytes were asked
/// for are in none.
void add_counts(named_cells& told, const std::vector<mail_certificate>& days) {
  attachment_counts sum;
  for (const auto& day : days) {
    auto of_day = day.attachments.value_or(attachment_counts{});
    sum.listed += of_day.listed;
    sum.stored += of_day.stored;
    sum.too_large += of_day.too_large;
    sum.unavailable += of_day.unavailable;
  }
  told.insert(told.end(), {{"attachments", sum.listed},
                           {"attachments_stored", sum.stored},
                           {"attachments_too_large", sum.too_large},
                           {"attachments_unavailable", sum.unavailable},
                           {"attachments_waiting", sum.waiting()}});
}

/// What stored bytes of the inbox are not what they were.
std::vector<checked_content> check_contents(pg::connection& conn, const inbox_id& inbox,
                                            uint64_t& checked) {
  std::vector<checked_content> bad;
  pg::check_attachments next{inbox, {}};
  for (;;) {
    auto some = next.run(conn);
    if (some.empty())
      return bad;
    checked += some.size();
    next.after = some.back().sha256;
    std::ranges::copy_if(some, std::back_inserter(bad),
                         [](const auto& one) { return !one.problem.empty(); });
  }
}

void tell_contents(context& ctx, const std::vector<checked_content>& bad) {
  for (size_t i = 0; i < bad.size() && i < days_told_max; ++i)
    ctx.out << base::printable(fmt::format("  bytes of attachment {} of message {}: {}",
                                           bad[i].id.value, bad[i].message.value, bad[i].problem))
            << '\n';
  if (bad.size() > days_told_max)
    ctx.out << "  and " << bad.size() - days_told_max << " more\n";
}

void write_file(pg::connection& conn, const std::string& path, const inbox& inbox,
                const std::vector<mail_certificate>& days) {
  std::ofstream file{path};
  file << certificate_file(conn, inbox, days) << '\n';
  if (!file.flush())
    throw command_error(exit_code::failed, "--out: " + path + " cannot be written");
}

exit_code certify(context& ctx, const certify_options& options) {
  if (!options.check.empty())
    return check(ctx, options);
  auto mailbox = ask_about(ctx, options);
  auto& conn = mailbox.conn;
  const auto& inbox = mailbox.of;
  std::vector<std::string> differences;
  bool good = pg::audited_at_length(conn, mailbox.line(), [&](pg::operator_action& line) {
    auto equal = compare(mailbox, differences);
    line.outcome = equal ? "equal" : "different";
    return equal;
  });
  auto found = pg::list_certificates{inbox.id, mailbox.scope.days}.run(conn);
  if (!options.out.empty())
    write_file(conn, options.out, inbox, found);
  auto states = count_states(found);
  uint64_t listed = 0, stored = 0, checked = 0;
  for (const auto& day : found) {
    listed += day.provider.count;
    stored += day.stored.count;
  }
  std::vector<checked_content> wrong;
  if (options.attachments)
    wrong = check_contents(conn, inbox.id, checked);
  good = good && states["verified"] == found.size() && wrong.empty();
  named_cells told = {{"inbox_id", inbox.id.value},
                      {"days", static_cast<uint64_t>(found.size())},
                      {"verified", states["verified"]},
                      {"broken", states["broken"]},
                      {"stale", states["stale"]},
                      {"unprovable", states["unprovable"]},
                      {"listed", listed},
                      {"stored", stored}};
  if (options.attachments || ctx.values().attachments.bytes_max > 0)
    add_counts(told, found);
  if (options.attachments)
    told.insert(told.end(), {{"contents_checked", checked},
                             {"contents_wrong", static_cast<uint64_t>(wrong.size())}});
  told.emplace_back("equal", good);
  print(ctx, told);
  if (!ctx.json) {
    for (const auto& difference : differences)
      ctx.out << "  " << base::printable(difference) << '\n';
    tell_days(ctx, found);
    tell_contents(ctx, wrong);
  }
  return good ? exit_code::done : exit_code::failed;
}

} // namespace

void add_certify(CLI::App& root, command_line& line) {
  auto options = std::make_shared<certify_options>();
  auto& command = *root.add_subcommand("certify", "Prove day by day that an inbox is complete");
  command.footer(
    "Lists the mailbox, or some days of it, through the API, compares it with the database and\n"
    "writes a certificate of each day: verified, broken with the ids, stale (mail was written\n"
    "meanwhile) or unprovable. Exits with 0 only when every day is verified.\n\n"
    "Examples:\n  nova certify you@example.com\n"
    "  nova certify you@example.com --from 2026-01-01 --to 2026-01-31 --out january.json\n"
    "  nova certify --check january.json");
  add_mailbox_options(command, *options);
  command.add_option("--out", options->out, "Write the certificates to this file");
  command.add_option("--check", options->check,
                     "Compare such a file with what is stored now, without the provider");
  command.add_flag("--attachments", options->attachments,
                   "Also compute the sha256 of all stored bytes of its attachments again");
  command.callback(
    [&line, options] { line.chosen = [options](context& ctx) { return certify(ctx, *options); }; });
}

} // namespace nova::app
