#include "app/commands.hpp"
#include "app/local_cluster.hpp"
#include "app/output.hpp"
#include "app/roll.hpp"
#include "cluster/link_certificates.hpp"
#include "cluster/machine.hpp"
#include "shell/row_query.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <memory>

namespace nova::app {
namespace {

struct certificate_options {
  std::string folder;
  std::vector<std::string> nodes = {"node-1", "node-2", "node-3"};
  uint32_t days = 365;
  bool shared = false, renew = false;
};

exit_code make_certificates(context& ctx, const certificate_options& options) {
  table made{{"node", "NOVA_TLS_CERT", "NOVA_TLS_KEY", "NOVA_TLS_CA"}, {}};
  try {
    auto files = cluster::make_certificates({options.folder, options.nodes,
                                             std::chrono::hours{24} * options.days, options.shared,
                                             options.renew});
    for (size_t i = 0; i < files.size(); ++i)
      made.rows.push_back(
        {options.nodes[i], files[i].certificate, files[i].key, files[i].authority});
  } catch (const std::exception& e) {
    throw command_error(exit_code::failed, e.what());
  }
  print(ctx, made);
  return exit_code::done;
}

exit_code up(context& ctx, local_cluster_options options) {
  const auto& values = ctx.values();
  options.environment = values.secret_variables;
  for (const auto& one : ctx.loaded.effective)
    if (one.source != "default") {
      options.environment[one.definition->name] = one.value;
      if (one.definition->secret) // which are an error beside the value
        options.environment[std::string{one.definition->name} + "_FILE"] = "";
    }
  if (options.name.empty())
    options.name = cluster::host_name() + '-' + std::to_string(::getpid());
  options.http = values.http ? to_string(*values.http) : "off";
  options.api = values.api ? to_string(*values.api) : "off";
  // A port of its own for each; they find each other in the database.
  if (values.listen)
    options.environment["NOVA_LISTEN"] = to_string(address{values.listen->host, 0});
  return run_local_cluster(options, ctx.out);
}

void add_up(CLI::App& command, command_line& line) {
  auto options = std::make_shared<local_cluster_options>();
  auto& made = *command.add_subcommand("up", "Run several nodes on this machine under one process");
  made.footer(
    "They share the database that the settings name. Each line of a node's log begins with its\n"
    "name. The first one serves HTTP where NOVA_HTTP says. SIGTERM or Ctrl-C stops all in order,\n"
    "a second one at once; a node that crashes or was declared dead is started again.\n\n"
    "Examples:\n  nova cluster up --nodes 3\n  nova cluster up --nodes 2 --roles threads");
  made.add_option("--nodes", options->nodes, "How many")
    ->check(CLI::Range(1, 64))
    ->capture_default_str();
  made.add_option("--roles", options->roles, "As of `nova run`; default all");
  made.add_option("--name", options->name,
                  "Of the nodes, with a number behind it; default HOST-PROCESS");
  made.callback(
    [&line, options] { line.chosen = [options](context& ctx) { return up(ctx, *options); }; });
}

std::chrono::seconds time_of(const char* option, const std::string& text) {
  auto seconds = shell::parse_seconds(text);
  if (!seconds || *seconds < 1 || *seconds > 86'400)
    throw command_error(exit_code::usage,
                        std::string{option} + ": '" + text + "' is not a time such as 90s or 5m");
  return std::chrono::seconds{static_cast<int64_t>(*seconds)};
}

void add_roll(CLI::App& command, command_line& line) {
  struct given {
    roll_options options;
    std::string drained = "5m", ready = "2m";
  };
  auto what = std::make_shared<given>();
  auto& made = *command.add_subcommand("roll", "Restart nodes one by one, for a new version");
  made.footer(
    "Of each node: drain it, wait until nothing of it runs, stop it, start it, wait until it is "
    "up,\nlinked as before and steady. The first failure ends it; the nodes behind are not "
    "touched.\nNodes of a `nova cluster up` of this machine are restarted by that, from the file "
    "of the\nprogram as it is then; others by --stop and --start, commands of /bin/sh in which "
    "{node} is the name.\n\n"
    "Examples:\n  nova cluster roll --dry-run\n"
    "  nova cluster roll --stop 'systemctl stop nova@{node}' --start 'systemctl start "
    "nova@{node}'\n"
    "  nova cluster roll n2 --stop 'deploy/launch stop hosts {node}' \\\n"
    "    --start 'deploy/launch start hosts {node} --env nova.env --copy build/nova'");
  auto& options = what->options;
  made.add_option("NODE", options.nodes, "In this order; default all that live, by name");
  made.add_option("--stop", options.stop, "Command that ends a node in order");
  made.add_option("--start", options.start, "Command that starts it, of the new version");
  made.add_option("--reason", options.reason, "For the audit log")->capture_default_str();
  made.add_option("--drained-within", what->drained, "For what runs there to end")
    ->capture_default_str();
  made.add_option("--ready-within", what->ready, "For the new process to be ready")
    ->capture_default_str();
  made.add_flag("--dry-run", options.only_say, "Say the steps and do nothing");
  made.callback([&line, what] {
    line.chosen = [what](context& ctx) {
      auto asked = what->options;
      asked.drained_within = time_of("--drained-within", what->drained);
      asked.ready_within = time_of("--ready-within", what->ready);
      return roll_nodes(ctx, asked);
    };
  });
}

} // namespace

void add_cluster(CLI::App& root, command_line& line) {
  auto& command = *root.add_subcommand("cluster", "Nodes that work together");
  command.require_subcommand(1);
  add_up(command, line);
  add_roll(command, line);
  auto options = std::make_shared<certificate_options>();
  auto& certificates = *command.add_subcommand(
    "certs", "Make a private authority and certificates for links between machines");
  certificates.footer(
    "The folder's ca.key can make further nodes: keep it away from them. A later call with other\n"
    "names adds certificates of the same authority. A certificate is good for the node of its\n"
    "name; one for all, where names are not known before, is made with --shared.\n\n"
    "Examples:\n  nova cluster certs ./certs --nodes threads-1,threads-2\n"
    "  NOVA_TLS_CERT=certs/threads-1.crt NOVA_TLS_KEY=certs/threads-1.key \\\n"
    "    NOVA_TLS_CA=certs/ca.crt nova run --listen 0.0.0.0:8481");
  certificates.add_option("DIR", options->folder, "Where to put them")->required();
  certificates.add_option("--nodes", options->nodes, "Names of their files")
    ->delimiter(',')
    ->capture_default_str();
  certificates.add_option("--days", options->days, "For how long they are good")
    ->check(CLI::Range(1, 36'500))
    ->capture_default_str();
  certificates.add_flag("--shared", options->shared,
                        "Good for a node of any name; else each for the node of its own");
  certificates.add_flag("--renew", options->renew,
                        "Replace those that are there; the nodes take them when they restart");
  certificates.callback([&line, options] {
    line.chosen = [options](context& ctx) { return make_certificates(ctx, *options); };
  });
}

} // namespace nova::app
