#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/report.hpp"
#include "pg/assistant/assistant_active_users.hpp"
#include "pg/assistant/assistant_feedback.hpp"
#include "pg/assistant/assistant_sees_everything.hpp"
#include "pg/assistant/assistant_usage.hpp"
#include "pg/assistant/find_tenant.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace nova::app {
namespace {

struct assistant_options {
  std::string tenant; // id or slug; becomes the id
  uint32_t days = 30;
  bool csv = false;
};

/// Connects, and makes sure that the report will be about what it says.
pg::connection open(const context& ctx, assistant_options& options) {
  auto conn = connect(ctx, "assistant");
  if (!pg::assistant_sees_everything{}.run(conn))
    throw command_error(exit_code::failed,
                        "row-level security hides tenants from this role: set DATABASE_URL to the "
                        "tables' owner or to a role with BYPASSRLS such as service_role");
  if (!options.tenant.empty()) {
    auto found = pg::find_tenant{options.tenant}.run(conn);
    if (!found)
      throw command_error(exit_code::failed,
                          "no tenant has the id or slug '" + options.tenant + "'");
    options.tenant = *found;
  }
  return conn;
}

exit_code active_users(context& ctx, assistant_options options) {
  auto conn = open(ctx, options);
  report told{{{"date", "active_users"}, {}}, {}, {"active_users"}};
  for (const auto& row : pg::assistant_active_users{options.days, options.tenant}.run(conn))
    told.found.rows.push_back({row.day, row.users});
  print(ctx, told, options.csv);
  return exit_code::done;
}

exit_code feedback(context& ctx, assistant_options options) {
  auto conn = open(ctx, options);
  report told{{{"date", "positive", "negative", "avg_rating"}, {}}, {}, {"positive", "negative"}};
  for (const auto& row : pg::assistant_feedback{options.days, options.tenant}.run(conn))
    told.found.rows.push_back({row.day, row.positive, row.negative, row.average});
  print(ctx, told, options.csv);
  return exit_code::done;
}

exit_code usage(context& ctx, assistant_options options) {
  auto conn = open(ctx, options);
  report told{{{"tenant_id", "tenant_name", "users", "messages", "total_tokens", "total_cost"}, {}},
              {"total_cost"},
              {"total_tokens"}};
  for (const auto& row : pg::assistant_usage{options.days, options.tenant}.run(conn))
    told.found.rows.push_back(
      {row.tenant_id, row.name, row.users, row.messages, row.tokens, row.cost});
  print(ctx, told, options.csv);
  return exit_code::done;
}

} // namespace

void add_assistant(CLI::App& root, command_line& line) {
  auto& command = *root.add_subcommand("assistant", "The assistant platform");
  command.require_subcommand(1);
  auto& report = *command.add_subcommand("report", "What its users did, over all tenants");
  report.require_subcommand(1);
  report.footer("Examples:\n  nova assistant report active-users\n"
                "  nova assistant report feedback --days 7\n"
                "  nova assistant report usage --tenant acme --json\n"
                "  nova assistant report usage --days 31 --csv >usage.csv");
  auto sub = [&](const char* name, const char* help, uint32_t days,
                 exit_code (*run)(context&, assistant_options)) {
    auto options = std::make_shared<assistant_options>();
    options->days = days;
    auto& made = *report.add_subcommand(name, help);
    made.add_option("--days", options->days, "So many days back")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
    made.add_option("--tenant", options->tenant, "Only this one: its id or slug");
    made.add_flag("--csv", options->csv, "Comma-separated values with a heading");
    made.callback([&line, options, run] {
      line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
  };
  sub("active-users", "Users who used it, by day", 30, active_users);
  sub("feedback", "Ratings, by day", 30, feedback);
  sub("usage", "Messages, tokens and cost, by tenant", 7, usage);
}

} // namespace nova::app
