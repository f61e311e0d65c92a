#include "app/commands.hpp"
#include "app/shell_address.hpp"
#include "app/shell_tables.hpp"
#include "http/listen_socket.hpp"
#include "inspection/inspection_service.hpp"
#include "shell/client.hpp"
#include "shell/interactive.hpp"
#include "shell/session.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>
#include <ostream>

namespace nova::app {
namespace {

// A screen that is drawn each second goes to another node sooner.
constexpr std::chrono::milliseconds screen_patience{2000};

struct shell_options {
  std::string address, command, role = "view", token, authority;
  std::string output;
  bool tables = false, yes = false;
};

/// `10.0.0.7:8482`; a node's name has no colon.
bool is_host_and_port(const std::string& text) {
  auto colon = text.rfind(':');
  return colon != std::string::npos && colon > 0 && colon + 1 < text.size()
         && text.find('/') == std::string::npos
         && text.find_first_not_of("0123456789", colon + 1) == std::string::npos;
}

std::unique_ptr<shell::backend>
make_backend(context& ctx, const shell_options& options,
             std::chrono::milliseconds patience = shell::client_settings{}.patience) {
  if (options.tables)
    return make_table_backend(ctx);
  shell::client_settings to;
  to.address = options.address.empty() ? find_socket(ctx.values(), &ctx.err) : options.address;
  if (is_host_and_port(to.address))
    to.address = "https://" + to.address;
  if (to.address.find('/') == std::string::npos)
    to.address = inspection::default_socket(to.address); // a node's name
  if (!to.address.starts_with("https://"))
    to.others = sockets_here;
  if (!inspection::parse_role(options.role))
    throw command_error(exit_code::usage,
                        "--role: '" + options.role + "' is not view, operate or admin");
  to.patience = patience;
  to.role = options.role;
  to.token = options.token;
  const auto* token = std::getenv("NOVA_TOKEN"); // NOLINT(concurrency-mt-unsafe): before threads
  if (to.token.empty() && token != nullptr)
    to.token = token;
  to.authority = options.authority.empty() ? ctx.values().tls_authority : options.authority;
  return std::make_unique<shell::client>(std::move(to));
}

shell::session make_session(context& ctx, const shell_options& options, shell::backend& asked) {
  shell::session_options how;
  how.terminal = ctx.terminal;
  how.yes = options.yes;
  how.interrupted = shell::take_interrupt;
  auto output = options.output.empty() && ctx.json ? std::string{"json"} : options.output;
  for (auto [name, value] : {std::pair{"json", shell::format::json},
                             {"jsonl", shell::format::jsonl},
                             {"tsv", shell::format::tsv},
                             {"table", shell::format::table}})
    if (output == name)
      how.as = value;
  if (ctx.terminal && isatty(STDIN_FILENO) != 0)
    how.ask = shell::ask_on_terminal;
  return {asked, std::move(how), ctx.out, ctx.err};
}

exit_code run_shell(context& ctx, const shell_options& options) {
  auto asked = make_backend(ctx, options);
  auto in = make_session(ctx, options, *asked);
  if (!options.command.empty())
    return in.run(options.command);
  if (isatty(STDIN_FILENO) != 0 && ctx.terminal)
    return run_interactive(in);
  std::string script{std::istreambuf_iterator<char>{std::cin}, {}};
  return in.run(script);
}

exit_code run_top(context& ctx, const shell_options& options) {
  if (!ctx.terminal)
    throw command_error(exit_code::usage,
                        "top needs a terminal; `nova shell -c top` prints a table once");
  auto asked = make_backend(ctx, options, screen_patience);
  auto in = make_session(ctx, options, *asked);
  return shell::run_top_screen(in);
}

void add_address(CLI::App& command, shell_options& options) {
  command.add_option("ADDRESS", options.address,
                     "A node's name, the path of its socket, or HOST:PORT; default: a node of this "
                     "machine that answers");
  command.add_option("--token", options.token, "For https; better in the environment: NOVA_TOKEN");
  command.add_option("--ca", options.authority, "PEM file that signed the node's certificate");
}

} // namespace

void add_shell(CLI::App& root, command_line& line) {
  auto options = std::make_shared<shell_options>();
  auto& command = *root.add_subcommand("shell", "Look into the live cluster, and act on it");
  command.footer(std::string{base::exit_codes_help}
                 + "\n\n"
                   "Examples:\n  nova shell\n  nova shell n1 -c 'status; doctor'\n"
                   "  nova shell -o json -c \"ps --where 'mailbox>100'\"\n"
                   "  nova shell --role operate -c 'pause threads --for 15m --yes'\n"
                   "  nova shell --pg -c status");
  add_address(command, *options);
  command.add_option("-c", options->command, "Run these commands and end");
  command.add_option("-o,--output", options->output, "table, json, jsonl or tsv")
    ->check(CLI::IsMember({"table", "json", "jsonl", "tsv"}));
  command.add_option("--role", options->role, "view (default), operate or admin");
  command.add_flag("--pg", options->tables, "Read the tables; no node needs to be alive");
  command.add_flag("--yes", options->yes, "Do not ask before changes");
  command.callback([&line, options] {
    line.chosen = [options](context& ctx) { return run_shell(ctx, *options); };
  });
}

void add_top(CLI::App& root, command_line& line) {
  auto options = std::make_shared<shell_options>();
  auto& command = *root.add_subcommand("top", "The cluster, live and full-screen");
  command.footer("Keys: q ends, s sorts, / filters, j k choose, Enter looks into an actor;\n"
                 "S suspends, W wakes, R restarts, K kills it, D drains, U undrains its node: what "
                 "that does is said first, and y does it.\n\n"
                 "Examples:\n  nova top\n  nova top n1\n  nova top --role operate");
  add_address(command, *options);
  command.add_option("--role", options->role, "view (default), operate or admin");
  command.callback(
    [&line, options] { line.chosen = [options](context& ctx) { return run_top(ctx, *options); }; });
}

} // namespace nova::app
