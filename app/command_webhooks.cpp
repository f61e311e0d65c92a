#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "pg/email/list_notifications.hpp"
#include "pg/email/list_webhook_endpoints.hpp"
#include "pg/email/retry_notifications.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace nova::app {
namespace {

struct webhook_options {
  std::string status;
  uint32_t limit = 50;
  std::vector<std::string> ids;
};

exit_code list(context& ctx, const webhook_options& options) {
  auto conn = connect(ctx);
  table found{
    {"id", "type", "status", "received_at", "duration_ms", "deliveries", "retries", "error"}, {}};
  for (const auto& row : pg::list_notifications{options.status, options.limit}.run(conn))
    found.rows.push_back({row.id.value, row.type, row.status, utc(row.received_at), row.duration_ms,
                          uint64_t{row.deliveries}, uint64_t{row.retries}, row.error});
  print(ctx, found);
  return exit_code::done;
}

exit_code failed(context& ctx, const webhook_options& options) {
  auto only = options;
  only.status = "error";
  return list(ctx, only);
}

exit_code endpoints(context& ctx, const webhook_options&) {
  auto conn = connect(ctx);
  table found{{"id", "url", "status", "since", "seen_at"}, {}};
  for (const auto& row : pg::list_webhook_endpoints{}.run(conn))
    found.rows.push_back({row.id, row.url, row.status, row.since, row.seen_at});
  print(ctx, found);
  return exit_code::done;
}

exit_code retry(context& ctx, const webhook_options& options) {
  auto conn = connect(ctx);
  auto which = options.ids.size() == 1 ? "notification:" + options.ids.front()
                                       : fmt::format("{} notifications", options.ids.size());
  auto sent = pg::audited(conn, by_command("retry", which), [&](pg::operator_action& line) {
    auto again = pg::retry_notifications{{options.ids.begin(), options.ids.end()}}.run(conn);
    line.outcome = fmt::format("{} of {} queued again", again.size(), options.ids.size());
    return again;
  });
  table found{{"id"}, {}};
  for (const auto& id : sent)
    found.rows.push_back({id.value});
  if (sent.size() == options.ids.size()) {
    print(ctx, found);
    return exit_code::done;
  }
  throw command_error(exit_code::failed,
                      std::to_string(options.ids.size() - sent.size())
                        + " were not sent again: they are unknown or still pending");
}

} // namespace

void add_webhooks(CLI::App& root, command_line& line) {
  auto options = std::make_shared<webhook_options>();
  auto& command =
    *root.add_subcommand("webhooks", "The audit log of notifications, and where they are sent");
  command.require_subcommand(1);
  command.footer("Examples:\n  nova webhooks list --status pending\n  nova webhooks failed --json\n"
                 "  nova webhooks retry ID ID");
  auto sub = [&](const char* name, const char* help,
                 exit_code (*run)(context&, const webhook_options&)) {
    auto& made = *command.add_subcommand(name, help);
    made.callback([&line, options, run] {
      line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
    return &made;
  };
  auto* listing = sub("list", "The newest", list);
  listing->add_option("--status", options->status, "pending, processed, ignored or error")
    ->check(CLI::IsMember({"pending", "processed", "ignored", "error"}));
  listing->add_option("--limit", options->limit, "At most so many")->check(CLI::Range(1, 10'000));
  sub("endpoints", "Where Nylas sends them, as a node saw it in the last hour", endpoints);
  sub("failed", "Those in error", failed)
    ->add_option("--limit", options->limit, "At most so many")
    ->check(CLI::Range(1, 10'000));
  sub("retry", "Send them to their queue again", retry)
    ->add_option("ID", options->ids, "Nylas' ids of the notifications")
    ->required();
}

} // namespace nova::app
