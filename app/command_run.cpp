#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/descriptors.hpp"
#include "app/fixed_pauses.hpp"
#include "app/output.hpp"
#include "app/run_node.hpp"
#include "base/log.hpp"
#include "cluster/machine.hpp"
#include "cluster/node_name.hpp"
#include "pg/migrator.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <ostream>

namespace nova::app {
namespace {

constexpr base::log log{"Service"};

// What document 003 pauses by default; PACING=fixed.
constexpr std::chrono::milliseconds fixed_thread_delay{3000};
constexpr std::chrono::milliseconds fixed_message_delay{1000};
constexpr std::chrono::milliseconds fixed_api_delay{200};

role parse_role(const std::string& name) {
  for (auto one : all_roles())
    if (to_string(one) == name)
      return one;
  throw command_error(exit_code::usage, "--roles: '" + name
                                          + "' is not one of webhooks, backfill, threads, "
                                            "completion, ingress, maintenance");
}

/// Where other nodes reach this one, and how the two know each other.
void set_cluster(node_settings& made, const settings& values) {
  auto& cluster = made.cluster;
  cluster.enabled = true;
  cluster.name = values.cluster_name;
  cluster.another_name = values.node_name.empty();
  cluster.secret = values.cluster_secret;
  cluster.linked = values.listen != "off";
  if (!cluster.linked)
    return;
  auto where = parse_address(values.listen);
  cluster.listen.host = where->host;
  cluster.listen.port = where->port;
  auto given = {!values.tls_certificate.empty(), !values.tls_key.empty(),
                !values.tls_authority.empty()};
  auto count = std::count(given.begin(), given.end(), true);
  if (count == 3)
    cluster.listen.tls = {values.tls_certificate, values.tls_key, values.tls_authority};
  else if (count > 0)
    throw command_error(exit_code::usage,
                        "NOVA_TLS_CERT, NOVA_TLS_KEY and NOVA_TLS_CA belong together: set all "
                        "three or none");
}

/// NOVA_INSPECT: off, a path, or HOST:PORT with what that needs.
inspection_settings make_inspection(const settings& values) {
  inspection_settings made;
  made.enabled = values.inspect != "off";
  auto where = parse_address(values.inspect);
  bool network = made.enabled && values.inspect.find('/') == std::string::npos && where.has_value();
  if (made.enabled && !network)
    made.socket = values.inspect;
  if (!network)
    return made;
  if (values.inspect_token.empty())
    throw command_error(exit_code::usage, "NOVA_INSPECT=" + values.inspect
                                            + " is open to a network: NOVA_INSPECT_TOKEN is "
                                              "needed, such as view:0123456789abcdef");
  if (values.tls_certificate.empty() || values.tls_key.empty())
    throw command_error(exit_code::usage, "NOVA_INSPECT=" + values.inspect
                                            + " is open to a network: NOVA_TLS_CERT and "
                                              "NOVA_TLS_KEY are needed; `nova cluster certs DIR` "
                                              "makes some");
  made.host = where->host;
  made.port = where->port;
  made.certificate = values.tls_certificate;
  made.key = values.tls_key;
  auto tokens = parse_inspect_tokens(values.inspect_token).value();
  for (const auto& each : tokens) {
    made.tokens.emplace(each.token, http::parse_role(each.role).value());
    if (!each.name.empty())
      made.token_names.emplace(each.token, each.name);
  }
  return made;
}

node_settings make_node(const settings& values, const std::vector<std::string>& roles) {
  node_settings made;
  made.name = values.node_name.empty() ? cluster::host_name() : values.node_name;
  if (!roles.empty()) {
    made.roles.clear();
    for (const auto& name : roles)
      made.roles.insert(parse_role(name));
  }
  made.database = {values.database_url, values.database_prepare};
  made.database_connections = values.database_connections;
  made.api = {values.nylas_api_uri, values.nylas_api_key};
  auto pause = [&](const auto& set, std::chrono::milliseconds fixed) {
    return set ? *set : values.pacing_fixed ? fixed : std::chrono::milliseconds{0};
  };
  made.threads.window = values.thread_window;
  made.threads.refill = std::max(values.thread_window / 3, 1u);
  made.threads.poll = values.poll_interval;
  made.threads.thread_delay = pause(values.thread_delay, fixed_thread_delay);
  made.threads.thread.message_delay = pause(values.message_delay, fixed_message_delay);
  if (values.api_delay || values.pacing_fixed)
    made.grants.fixed_delay = pause(values.api_delay, fixed_api_delay);
  made.backfills.poll = values.poll_interval;
  made.backfills.backfill.strategy =
    values.list_messages ? discovery_strategy::messages : discovery_strategy::threads;
  made.completion.interval = values.completion_check_interval;
  made.completion.recovery = values.enable_auto_recovery;
  made.completion.recovery_interval = values.recovery_check_interval;
  made.webhooks.batch = values.batch_size;
  made.webhooks.visibility = values.visibility_timeout;
  made.webhooks.poll = values.poll_interval;
  made.webhooks.keep = values.testing_mode;
  made.http.enabled = values.http != "off";
  if (made.http.enabled) {
    auto where = parse_address(values.http);
    made.http.host = where->host;
    made.http.port = where->port;
    made.http.connections_max = values.http_connections;
  }
  made.transport.answer_bytes_max = size_t{values.answers_mib} << 20;
  made.inspect = make_inspection(values);
  made.http.webhook_secrets = values.nylas_webhook_secrets;
  made.http.unsigned_allowed = values.allow_unsigned_webhooks;
  set_cluster(made, values);
  return made;
}

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
  using migration_status = decltype(pg::migration_state::status);
  for (const auto& state : pg::migrator{conn}.status())
    if (state.status == migration_status::pending && !state.optional)
      throw command_error(exit_code::failed, "the database lacks the migration " + state.system
                                               + '/' + state.name + ": run `nova migrate up`");
}

exit_code run(context& ctx, const std::vector<std::string>& roles, bool replace) {
  auto node = make_node(ctx.values(), roles);
  node.cluster.replace = replace;
  if (node.http.enabled && node.http.webhook_secrets.empty() && !node.http.unsigned_allowed
      && node.roles.erase(role::ingress) > 0 && !roles.empty())
    throw command_error(exit_code::usage, "NYLAS_WEBHOOK_SECRET is not set: without it "
                                          "notifications cannot be told from forgeries");
  expect_descriptors(node);
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
  for (const auto& doubt : ctx.loaded.findings)
    log.warn("settings that others can change", {{"file", doubt}});
  for (const auto& pause : fixed_pauses(ctx.values()))
    log.warn("a fixed pause slows this node down",
             {{"setting", pause.setting}, {"costs", pause.costs}, {"advice", fixed_pause_advice}});
  try {
    run_node(std::move(node));
  } catch (const cluster::name_taken& refusal) {
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
                "webhooks, backfill, threads, completion, ingress, maintenance; default all")
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
  command.callback([&line, roles, replace] {
    line.chosen = [roles, replace](context& ctx) { return run(ctx, *roles, *replace); };
  });
}

} // namespace nova::app
