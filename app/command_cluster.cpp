#include "app/commands.hpp"
#include "app/local_cluster.hpp"
#include "app/output.hpp"
#include "cluster/link_certificates.hpp"
#include "cluster/machine.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <memory>

namespace nova::app {
namespace {

struct certificate_options {
  std::string folder;
  std::vector<std::string> nodes = {"node-1", "node-2", "node-3"};
  uint32_t days = 365;
};

exit_code make_certificates(context& ctx, const certificate_options& options) {
  table made{{"node", "NOVA_TLS_CERT", "NOVA_TLS_KEY", "NOVA_TLS_CA"}, {}};
  try {
    auto files = cluster::make_certificates(
      {options.folder, options.nodes, std::chrono::hours{24} * options.days});
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
  for (const auto& one : ctx.loaded.effective)
    if (one.source != "default")
      options.environment[one.definition->name] = one.value;
  if (options.name.empty())
    options.name = cluster::host_name() + '-' + std::to_string(::getpid());
  options.http = values.http ? to_string(*values.http) : "off";
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

} // namespace

void add_cluster(CLI::App& root, command_line& line) {
  auto& command = *root.add_subcommand("cluster", "Nodes that work together");
  command.require_subcommand(1);
  add_up(command, line);
  auto options = std::make_shared<certificate_options>();
  auto& certificates = *command.add_subcommand(
    "certs", "Make a private authority and certificates for links between machines");
  certificates.footer(
    "The folder's ca.key can make further nodes: keep it away from them. A later call with other\n"
    "names adds certificates of the same authority.\n\n"
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
  certificates.callback([&line, options] {
    line.chosen = [options](context& ctx) { return make_certificates(ctx, *options); };
  });
}

} // namespace nova::app
