#include "app/commands.hpp"
#include "app/consent.hpp"
#include "app/database_connection.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "app/supported_server.hpp"
#include "base/json_text.hpp"
#include "base/printable.hpp"
#include "pg/cluster/list_nodes.hpp"
#include "pg/migrator.hpp"
#include "pg/platform/has_function.hpp"
#include "pg/platform/server_version.hpp"
#include "pg/systems.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <utility>

namespace nova::app {
namespace {

struct migrate_options {
  std::string system, worker_role;
  std::vector<std::string> chosen;
  bool dry_run = false;
  bool sql = false;
  size_t steps = 1;
  bool all = false;
  bool yes = false;
  bool force = false;
};

/// Says what the database could have too; nothing when it has everything.
void print_not_chosen(context& ctx, pg::migrator& migrator) {
  std::string names;
  for (const auto& system : migrator.not_chosen())
    names += (names.empty() ? "" : ", ") + system;
  if (!ctx.json && !names.empty())
    ctx.out << "not installed: " << names << "; `nova migrate up --system NAME` adds one\n";
}

void print_states(context& ctx, const std::vector<pg::migration_state>& states) {
  if (!ctx.json) {
    for (const auto& state : states)
      ctx.out << fmt::format("{:<14} {:<40} {:<8} {}{}\n", state.system,
                             base::printable(state.name), pg::to_string(state.status),
                             state.applied_at,
                             state.reason.empty() ? "" : "  " + base::printable(state.reason));
    return;
  }
  table all{{"system", "name", "status", "applied_at", "reason"}, {}};
  for (const auto& state : states)
    all.rows.push_back({state.system, state.name, std::string{pg::to_string(state.status)},
                        state.applied_at, state.reason});
  print(ctx, all);
}

/// What will be done with a step, as a word of its line.
std::string act_of(const pg::migration_state& state) {
  if (state.status == pg::migration_state::status::pending)
    return "apply";
  return state.reason.empty() ? "run again" : "bring back";
}

std::string json_of(const pg::migration_plan& plan) {
  rapidjson::StringBuffer text;
  base::json_writer json{text};
  auto pair = [&](const char* key, const std::string& value) {
    json.Key(key);
    json.String(value.c_str());
  };
  auto list = [&](const char* key, const std::vector<std::string>& values) {
    json.Key(key);
    json.StartArray();
    for (const auto& value : values)
      json.String(value.c_str());
    json.EndArray();
  };
  json.StartObject();
  json.Key("steps");
  json.StartArray();
  for (const auto& state : plan.steps) {
    json.StartObject();
    pair("system", state.system);
    pair("name", state.name);
    pair("act", act_of(state));
    pair("reason", state.reason);
    json.EndObject();
  }
  json.EndArray();
  list("makes", plan.makes);
  list("adopts", plan.adopts);
  list("in_the_way", plan.in_the_way);
  json.EndObject();
  return text.GetString();
}

void print_plan(context& ctx, const pg::migration_plan& plan) {
  if (ctx.json) {
    ctx.out << json_of(plan) << '\n';
    return;
  }
  for (const auto& state : plan.steps)
    ctx.out << fmt::format("{:<11}{}/{}{}\n", act_of(state), state.system, state.name,
                           state.reason.empty() ? "" : ": " + base::printable(state.reason));
  for (const auto& name : plan.makes)
    ctx.out << fmt::format("{:<11}{}\n", "make", base::printable(name));
  for (const auto& name : plan.adopts)
    ctx.out << fmt::format("{:<11}{}, as it is\n", "use", base::printable(name));
  for (const auto& name : plan.in_the_way)
    ctx.out << fmt::format("{:<11}{}\n", "in the way", base::printable(name));
}

/// Migrations make and drop the audit log itself, so their line is written when they are through,
/// where there is one then.
void record_act(pg::connection& conn, const char* action, const std::string& outcome) {
  auto signature = "nova.record_operator_action(text,text,text,text,text,jsonb,text,text,bigint)";
  if (!pg::has_function{signature}.run(conn))
    return;
  auto line = by_command(action, "schema");
  line.outcome = outcome;
  pg::record_operator_action{line}.run(conn);
}

void print_done(context& ctx, const pg::migration_plan& done) {
  using status = enum pg::migration_state::status;
  auto back = std::ranges::count_if(done.steps, [](const auto& state) {
    return state.status != status::pending;
  });
  if (ctx.json) {
    ctx.out << fmt::format("{{\"applied\":{},\"brought_back\":{}}}\n",
                           done.steps.size() - static_cast<size_t>(back), back);
    return;
  }
  for (const auto& name : done.adopts)
    ctx.out << "uses " << base::printable(name) << ", as it is\n";
  for (const auto& state : done.steps)
    ctx.out << (state.status == status::pending ? "applied " : "brought back ") << state.system
            << '/' << state.name
            << (state.reason.empty() ? "" : ": " + base::printable(state.reason)) << '\n';
  if (done.steps.empty())
    ctx.out << "nothing to do: the database is up to date\n";
}

/// Says the way in where what stands in the way is the service that Nova takes the place of.
std::string way_in(const std::string& taken) {
  if (taken.find("table public.flux_inboxes") == std::string::npos)
    return {};
  return "; if these are the tables of the Node service, give Nova a database of its own "
         "(DATABASE_URL) and move in with `nova adopt`: docs/from-node.md";
}

/// What the server says of a statement of ours says nothing of what was being done, and an advice
/// to migrate is none while migrating.
[[noreturn]] void fail(const char* action, const pg::error& failure) {
  auto said = std::string{action} + ": " + short_reason(failure.what());
  if (failure.kind() == pg::failure::in_doubt)
    throw command_error(exit_code::unreachable,
                        said + "; whether it was done is not known: run it again");
  auto lost = failure.kind() == pg::failure::lost;
  throw command_error(lost ? exit_code::unreachable : exit_code::failed,
                      said + "; nothing of this run stays" + way_in(said));
}

/// Does it, and leaves a line also when it fails.
template <class Work>
auto recorded(pg::connection& conn, const char* action, Work work) {
  try {
    auto [done, steps] = work();
    if (steps > 0)
      record_act(conn, action, fmt::format("{} migrations", steps));
    return done;
  } catch (const pg::error& failure) {
    if (conn.alive())
      record_act(conn, action, std::string{"failed: "} + failure.what());
    fail(action, failure);
  }
}

exit_code plan_up(context& ctx, const migrate_options& options,
                  const std::vector<std::string>& chosen) {
  auto conn = connect(ctx);
  expect_supported_server(pg::server_version{}.run(conn));
  pg::migrator migrator{conn};
  if (options.sql) {
    ctx.out << migrator.dry_run_up(chosen);
    return exit_code::done;
  }
  auto plan = migrator.plan(chosen);
  print_plan(ctx, plan);
  if (!ctx.json && plan.steps.empty())
    ctx.out << "nothing to do: the database is up to date\n";
  if (plan.in_the_way.empty())
    return exit_code::done;
  throw command_error(exit_code::failed,
                      "migrate up will be refused: " + std::to_string(plan.in_the_way.size())
                        + " names are taken by what is not Nova's"
                        + way_in(fmt::format("{}", fmt::join(plan.in_the_way, " "))));
}

exit_code migrate_up(context& ctx, const migrate_options& options) {
  auto chosen = ctx.values().systems;
  chosen.insert(chosen.end(), options.chosen.begin(), options.chosen.end());
  if (options.sql && !options.dry_run)
    throw command_error(exit_code::usage, "--sql: is for --dry-run");
  if (options.dry_run)
    return plan_up(ctx, options, chosen);
  auto conn = connect_to_write(ctx);
  expect_supported_server(pg::server_version{}.run(conn));
  pg::migrator migrator{conn};
  auto done = recorded(conn, "migrate up", [&] {
    auto plan = migrator.up(chosen);
    auto count = plan.steps.size();
    return std::pair{std::move(plan), count};
  });
  if (!options.worker_role.empty())
    pg::audited_at_length(conn, by_command("make", "role:" + options.worker_role),
                          [&](pg::operator_action&) {
                            migrator.make_worker(options.worker_role);
                            return true;
                          });
  print_done(ctx, done);
  print_not_chosen(ctx, migrator);
  return exit_code::done;
}

/// A node whose tables go away under it stops in the middle of its work.
void expect_no_living_node(pg::connection& conn, pg::migrator& migrator) {
  std::string names;
  if (!migrator.newest("cluster", 0).empty())
    for (const auto& node : pg::list_nodes{0}.run(conn))
      if (node.alive)
        names += (names.empty() ? "" : ", ") + node.name;
  if (!names.empty())
    throw command_error(exit_code::failed,
                        "nodes are running: " + names + "; stop them first, or say --force");
}

void expect_consent_to_undo(const context& ctx, const migrate_options& options,
                            const std::vector<pg::migration_state>& steps) {
  if (options.all && !options.yes)
    throw command_error(exit_code::usage, "--all undoes " + std::to_string(steps.size())
                                            + " migrations and drops every table with its rows: "
                                              "say so with --all --yes");
  std::string names;
  for (const auto& step : steps)
    names += (names.empty() ? "" : ", ") + step.system + "/" + step.name;
  expect_consent(ctx, options.yes,
                 "undoes " + names + ", whose tables are dropped with their rows");
}

exit_code migrate_down(context& ctx, const migrate_options& options) {
  auto conn = options.dry_run ? connect(ctx) : connect_to_write(ctx);
  pg::migrator migrator{conn};
  auto steps = options.all ? 0 : options.steps;
  if (options.dry_run) {
    ctx.out << migrator.dry_run_down(options.system, steps);
    return exit_code::done;
  }
  if (auto planned = migrator.newest(options.system, steps); !planned.empty()) {
    expect_consent_to_undo(ctx, options, planned);
    if (!options.force)
      expect_no_living_node(conn, migrator);
  }
  auto count = recorded(conn, "migrate down", [&] {
    auto undone = migrator.down(options.system, steps);
    return std::pair{undone, undone};
  });
  if (ctx.json)
    ctx.out << "{\"undone\":" << count << "}\n";
  else
    ctx.out << "undone: " << count << '\n';
  return exit_code::done;
}

exit_code migrate_status(context& ctx, const migrate_options& options) {
  auto conn = connect(ctx);
  pg::migrator migrator{conn};
  print_states(ctx, migrator.inspect(options.system));
  if (options.system.empty())
    print_not_chosen(ctx, migrator);
  return exit_code::done;
}

exit_code migrate_verify(context& ctx, const migrate_options& options) {
  auto conn = connect(ctx);
  auto missing = pg::migrator{conn}.verify(options.system);
  if (ctx.json)
    ctx.out << "{\"verified\":" << (missing.empty() ? "true" : "false") << "}\n";
  else if (missing.empty())
    ctx.out << "verified\n";
  if (missing.empty())
    return exit_code::done;
  std::string all;
  for (const auto& one : missing)
    all += (all.empty() ? "" : "; ") + short_reason(one);
  throw command_error(exit_code::failed, all + "; nova migrate up brings it");
}

} // namespace

void add_migrate(CLI::App& root, command_line& line) {
  auto options = std::make_shared<migrate_options>();
  auto& command = *root.add_subcommand("migrate", "Bring the database's schema up to date");
  command.require_subcommand(1);
  command.footer(
    "Safe to run from ten machines at once: one migrates, the others wait.\nEvery database gets "
    "platform, queue, cluster, email and jobs; what else was chosen once is kept up to date "
    "too.\n\n"
    "Examples:\n  nova migrate up\n  nova migrate up --system messenger --dry-run\n"
    "  nova migrate status --json");
  auto add = [&](const char* name, const char* help,
                 exit_code (*run)(context&, const migrate_options&)) {
    auto& sub = *command.add_subcommand(name, help);
    sub.callback([&line, options, run] {
      line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
    return &sub;
  };
  auto only = [&options](CLI::App& sub) {
    sub.add_option("--system", options->system, "Only this system")
      ->check(CLI::IsMember(pg::systems()));
  };
  auto all = pg::systems();
  all.emplace_back(pg::every_system);
  auto* up = add("up", "Apply what is pending", migrate_up);
  up->add_option("--system", options->chosen, "This system too, from now on; all: every one")
    ->delimiter(',')
    ->allow_extra_args(false)
    ->check(CLI::IsMember(all));
  up->add_flag(
    "--dry-run", options->dry_run,
    "Print the plan instead: what is made, what is used as it is, what stands in the way");
  up->add_flag("--sql", options->sql, "With --dry-run: the SQL");
  up->add_option("--worker-role", options->worker_role,
                 "Make a role for nodes, with what they need and no more");
  auto* down = add("down", "Undo the newest; its tables are dropped with their rows", migrate_down);
  only(*down);
  down->add_flag("--dry-run", options->dry_run, "Print the SQL instead");
  auto* steps = down->add_option("--steps", options->steps, "How many to undo")
                  ->check(CLI::Range(1, 10'000))
                  ->capture_default_str();
  down->add_flag("--all", options->all, "Undo all; wants --yes too")->excludes(steps);
  down->add_flag("--yes", options->yes, "Do not ask");
  down->add_flag("--force", options->force, "Also while nodes are running");
  only(*add("status", "List every migration", migrate_status));
  only(*add("verify", "Check that everything is as the migrations left it", migrate_verify));
}

} // namespace nova::app
