#include "app/demo.hpp"
#include "app/run_node.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>

namespace {

std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value ? value : otherwise;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App root{"Every email of a connected inbox in your own PostgreSQL."};
  root.require_subcommand(1);
  nova::app::demo_options demo;
  auto& demo_command = *root.add_subcommand("demo", "Backfill a simulated mailbox");
  demo_command.add_option("--threads", demo.threads);
  demo_command.add_option("--messages", demo.messages);
  demo_command.add_option("--body-bytes", demo.body_bytes);
  demo_command.add_option("--nodes", demo.nodes);
  demo_command.add_option("--kills", demo.kills);
  demo_command.add_option("--seed", demo.seed);
  demo_command.add_option("--folder", demo.folder);
  demo_command.add_option("--faults", demo.faults);
  demo_command.add_flag("--serve", demo.serve);
  demo_command.add_flag("--json", demo.json);
  nova::app::node_settings node;
  auto& run_command = *root.add_subcommand("run", "Run a node");
  run_command.add_option("--name", node.name);
  CLI11_PARSE(root, argc, argv);
  if (root.got_subcommand(&demo_command))
    return nova::app::run_demo(demo);
  node.database.url = variable("DATABASE_URL", "");
  node.api = {variable("NYLAS_API_URI", "https://api.us.nylas.com"), variable("NYLAS_API_KEY", "")};
  return nova::app::run_node(std::move(node));
}
