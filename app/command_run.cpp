#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/descriptors.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "app/run_node.hpp"
#include "app/standing_findings.hpp"
#include "app/supported_server.hpp"
#include "base/log.hpp"
#include "cluster/link_server.hpp"
#include "cluster/node_name.hpp"
#include "http/listen_socket.hpp"
#include "http/tls_front.hpp"
#include "pg/cluster/record_operator_action.hpp"
#include "pg/findings.hpp"
#include "pg/migrator.hpp"
#include "pg/platform/server_version.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <ostream>

namespace nova::app {
namespace {

constexpr base::log command_run_log{"Service"};

/// A node that runs out of descriptors can neither answer a shell nor reach its database: what
/// connections may take is counted before.
void expect_descriptors(const node_settings& node) {
  constexpr uint64_t of_the_rest = 600; // calls, links, inspection, files
  auto needed =
    of_the_rest + node.database_connections + (node.http.enabled ? node.http.connections_max : 0);
  auto limit = raise_descriptor_limit();
  if (needed > limit)
    throw command_error(
      exit_code::usage,
      "NOVA_HTTP_CONNECTIONS: " + std::to_string(node.http.connections_max)
        + " connections and what a node needs beside them are " + std::to_string(needed)
        + " file descriptors, and this process may have " + std::to_string(limit)
        + ": raise that limit (ulimit -Hn, LimitNOFILE) or set NOVA_HTTP_CONNECTIONS lower");
}

void expect_ready(context& ctx, const node_settings& node) {
  if (node.api.key.empty())
    throw command_error(exit_code::usage, "NYLAS_API_KEY is not set: the key of the Nylas "
                                          "application, from its dashboard");
  auto conn = connect(ctx);
  expect_supported_server(pg::server_version{}.run(conn));
  using migration_status = decltype(pg::migration_state::status);
  for (const auto& state : pg::migrator{conn}.status())
    if (state.status == migration_status::pending && !state.optional)
      throw command_error(exit_code::failed, "the database lacks the migration " + state.system
                                               + '/' + state.name + ": run `nova migrate up`");
  // It starts all the same: a managed server that was upgraded or failed over looks alike, and mail
  // should not stand still for it.
  if (auto restored = pg::find_restored(conn))
    command_run_log.error("the database was restored or copied",
                          {{"finding", restored->text}, {"advice", restored->next}});
}

/// The living node of that name is not to blame, but who looks at it should hear of it.
void note_refusal(context& ctx, const std::string& reason) {
  auto line = by_command("run", "node:" + ctx.values().node_name, reason);
  line.outcome = "refused: the name is taken";
  try {
    auto conn = connect_to_write(ctx);
    pg::record_operator_action{line}.run(conn);
  } catch (const std::exception& failure) {
    command_run_log.warn("a refusal cannot be recorded", {{"reason", failure.what()}});
  }
}

/// A port that another process has and a file that cannot be used are found before the node joins:
/// its peers would see an incarnation come and go with each try.
void expect_addresses(const node_settings& node) {
  auto attempt = [](const std::string& setting, const auto& listen) {
    try {
      listen();
    } catch (const std::exception& fault) {
      throw command_error(exit_code::usage, setting + ": " + fault.what());
    }
  };
  if (node.http.enabled)
    attempt("NOVA_HTTP", [&] { (void)http::listen_on(node.http.host, node.http.port); });
  if (node.cluster.enabled && node.cluster.linked)
    attempt("NOVA_LISTEN", [&] { const cluster::link_server server{node.cluster.listen}; });
  const auto& inspect = node.inspect;
  if (inspect.enabled && !inspect.host.empty())
    attempt("NOVA_INSPECT", [&] {
      const http::tls_front front{inspect.host, inspect.port, inspect.certificate, inspect.key, ""};
    });
}

exit_code run(context& ctx, const std::vector<std::string>& roles, bool replace) {
  auto node = make_node_settings(ctx.values(), roles);
  node.cluster.replace = replace;
  if (node.http.enabled && node.http.trust.secrets.empty() && !node.http.trust.unsigned_allowed
      && node.roles.erase(role::ingress) > 0 && !roles.empty())
    throw command_error(exit_code::usage, "NYLAS_WEBHOOK_SECRET is not set: without it "
                                          "notifications cannot be told from forgeries");
  expect_descriptors(node);
  expect_addresses(node);
  expect_ready(ctx, node);
  if (ctx.json)
    node.listening = [&ctx](const node_addresses& where) {
      std::vector<std::pair<std::string, cell>> told;
      if (!where.http.empty())
        told.emplace_back("http", where.http);
      if (!where.inspect.empty())
        told.emplace_back("inspect", where.inspect);
      if (!told.empty())
        print(ctx, told);
      ctx.out.flush();
    };
  node.standing = standing_findings(ctx.loaded);
  if (std::ranges::find(roles, former_name_of_jobs) != roles.end())
    node.standing.push_back({base::finding_level::warning, "--roles",
                             "the role maintenance is called jobs by now", "", "--roles jobs"});
  for (const auto& one : node.standing)
    command_run_log.warn("a setting that somebody should look at",
                         {{"setting", one.what}, {"finding", one.text}, {"advice", one.next}});
  try {
    run_node(std::move(node));
  } catch (const cluster::name_taken& refusal) {
    note_refusal(ctx, refusal.what());
    throw command_error(exit_code::usage, refusal.what());
  }
}

} // namespace

void add_run(CLI::App& root, command_line& line) {
  auto roles = std::make_shared<std::vector<std::string>>();
  auto replace = std::make_shared<bool>(false);
  auto& command = *root.add_subcommand("run", "Run a node of the service");
  command.footer("All roles in one process, or one process a role; nodes find their work in the "
                 "database. SIGTERM lets what\n"
                 "runs finish, a second one ends it at once. Without NYLAS_WEBHOOK_SECRET the role "
                 "ingress is left out.\n\n"
                 "Examples:\n  nova run\n  nova run --roles threads --name threads-2\n"
                 "  nova run --http 0.0.0.0:8480");
  command
    .add_option("--roles", *roles,
                "webhooks, backfill, threads, completion, ingress, jobs; default all")
    ->delimiter(',');
  auto flag = [&](const char* name, const char* setting, const char* help) {
    command.add_option_function<std::string>(
      name, [&line, setting](const std::string& value) { line.flags[setting] = value; }, help);
  };
  flag("--name", "NOVA_NODE_NAME", "Name of the node; must be its own in the cluster");
  command.add_flag("--replace", *replace,
                   "Take the name from a living node, which ends: others take its work over");
  flag("--listen", "NOVA_LISTEN",
       "HOST:PORT for other nodes, or off; an address of other machines needs NOVA_TLS_*");
  flag("--http", "NOVA_HTTP", "HOST:PORT of webhooks, metrics and health, or off");
  flag("--api", "NOVA_API", "HOST:PORT where messages are sent over HTTP, or off");
  command.callback([&line, roles, replace] {
    line.chosen = [roles, replace](context& ctx) { return run(ctx, *roles, *replace); };
  });
}

} // namespace nova::app
