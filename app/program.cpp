#include "app/program.hpp"

#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/version.hpp"
#include "base/printable.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <ostream>

namespace nova::app {
namespace {

struct parsed_arguments {
  command_line line;
  bool json = false;
  std::string config_file;
};

void add_commands(CLI::App& root, parsed_arguments& into, const std::vector<add_command>& others) {
  root.require_subcommand(1);
  root.set_version_flag("--version", std::string("nova ") + version);
  root.add_flag("--json", into.json, "Print one JSON document and nothing else");
  root.add_option("--config", into.config_file, "A file of NAME=value lines");
  root.footer(std::string{"Settings come from flags, the environment, .env, the file of --config, "
                          "in this order; see `nova config`.\n"}
              + base::exit_codes_help);
  root.fallthrough(); // --json and --config also behind the subcommand
  for (auto add : others)
    add(root, into.line);
  add_run(root, into.line);
  add_migrate(root, into.line);
  add_inbox(root, into.line);
  add_backfill(root, into.line);
  add_progress(root, into.line);
  add_queue(root, into.line);
  add_messenger(root, into.line);
  add_webhooks(root, into.line);
  add_threads(root, into.line);
  add_sync(root, into.line);
  add_alerts(root, into.line);
  add_assistant(root, into.line);
  add_maintenance(root, into.line);
  add_why(root, into.line);
  add_audit(root, into.line);
  add_certify(root, into.line);
  add_simulator(root, into.line);
  add_shell(root, into.line);
  add_top(root, into.line);
  add_doctor(root, into.line);
  add_cluster(root, into.line);
  add_types(root, into.line);
  add_config(root, into.line);
  add_adopt(root, into.line);
  add_completion(root, into.line);
  for (auto* command : root.get_subcommands({})) {
    command->fallthrough();
    for (auto* sub : command->get_subcommands({}))
      sub->fallthrough();
  }
}

int fail(std::ostream& err, exit_code code, const std::string& text) {
  err << "nova: " << base::printable(text) << '\n';
  return static_cast<int>(code);
}

int perform(const parsed_arguments& parsed, const std::map<std::string, std::string>& environment,
            std::ostream& out, std::ostream& err, std::istream* answers) {
  auto loaded = load_settings({parsed.line.flags, environment, parsed.config_file, ".env"});
  if (!loaded)
    return fail(err, exit_code::usage, to_string(loaded.error()));
  base::configure_log(loaded->values.log);
  context ctx{std::move(*loaded), parsed.json, out, err, isatty(STDOUT_FILENO) != 0, answers};
  try {
    return static_cast<int>(parsed.line.chosen(ctx));
  } catch (const command_error& failure) {
    return fail(err, failure.code(), failure.what());
  } catch (const pg::error& failure) {
    auto explained = explain(ctx, failure);
    return fail(err, explained.code(), explained.what());
  } catch (const std::exception& failure) {
    return fail(err, exit_code::failed, failure.what());
  }
}

} // namespace

int run_program(const std::vector<std::string>& arguments,
                const std::map<std::string, std::string>& environment, std::ostream& out,
                std::ostream& err, std::istream* answers, const std::vector<add_command>& others) {
  CLI::App root{"Every email of a connected inbox in your own PostgreSQL, and kept so.", "nova"};
  parsed_arguments parsed;
  add_commands(root, parsed, others);
  try {
    auto reversed = arguments;
    std::reverse(reversed.begin(), reversed.end()); // as CLI11 takes them
    root.parse(std::move(reversed));
  } catch (const CLI::ExtrasError& failure) {
    return fail(err, exit_code::usage, std::string(failure.what()) + " (see `nova --help`)");
  } catch (const CLI::RequiredError& failure) {
    // CLI11 says that a subcommand is required when what it found is not one.
    auto named = !arguments.empty() && !arguments.front().starts_with('-');
    auto is_named = [&](const CLI::App* one) { return one->get_name() == arguments.front(); };
    if (named && root.get_subcommands(is_named).empty())
      return fail(err, exit_code::usage,
                  "'" + arguments.front() + "' is not a command (see `nova --help`)");
    auto where = named ? "'" + arguments.front() + "': " : std::string{};
    return fail(err, exit_code::usage, where + failure.what() + " (see `nova --help`)");
  } catch (const CLI::ParseError& failure) {
    if (failure.get_exit_code() == 0)
      return root.exit(failure, out, err); // --help, --version
    return fail(err, exit_code::usage, std::string(failure.what()) + " (see `nova --help`)");
  }
  return perform(parsed, environment, out, err, answers);
}

} // namespace nova::app
