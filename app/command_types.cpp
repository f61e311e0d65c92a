#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/types_file.hpp"
#include "base/printable.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>

namespace nova::app {
namespace {

constexpr auto usual_file = "database.types.ts";

struct types_options {
  std::vector<std::string> schemas{"public"};
  std::string out;
  bool check = false;
};

std::string types_of(context& ctx, const types_options& options) {
  auto conn = connect(ctx);
  auto found = pg::database_types{options.schemas}.run(conn);
  for (const auto& name : options.schemas)
    if (std::ranges::none_of(found, [&](const auto& one) { return one.schema == name; }))
      throw command_error(exit_code::usage,
                          "--schema: the database has no schema '" + base::printable(name) + "'");
  return types_file(found);
}

exit_code check(context& ctx, const std::string& path, const std::string& text) {
  std::ifstream file{path, std::ios::binary};
  if (!file)
    throw command_error(exit_code::failed, path + " cannot be read; without --check it is written");
  std::string there{std::istreambuf_iterator<char>{file}, {}};
  bool same = there == text;
  if (ctx.json)
    ctx.out << "{\"same\":" << (same ? "true" : "false") << "}\n";
  else if (same)
    ctx.out << path << " says what the database has\n";
  if (same)
    return exit_code::done;
  auto line = 1 + std::count(text.begin(), std::ranges::mismatch(text, there).in1, '\n');
  throw command_error(exit_code::failed, path + " is not what the database has, from line "
                                           + std::to_string(line)
                                           + " on; without --check it is written anew");
}

exit_code types(context& ctx, const types_options& options) {
  auto text = types_of(ctx, options);
  if (options.check)
    return check(ctx, options.out.empty() ? usual_file : options.out, text);
  if (options.out.empty()) {
    ctx.out << text;
    return exit_code::done;
  }
  std::ofstream file{options.out, std::ios::binary | std::ios::trunc};
  file << text;
  file.close();
  if (!file)
    throw command_error(exit_code::failed, "--out: " + options.out + " cannot be written");
  if (ctx.json)
    ctx.out << "{\"bytes\":" << text.size() << "}\n";
  else
    ctx.out << "wrote " << options.out << '\n';
  return exit_code::done;
}

} // namespace

void add_types(CLI::App& root, command_line& line) {
  auto options = std::make_shared<types_options>();
  auto& command =
    *root.add_subcommand("types", "Write the database's types for TypeScript and supabase-js");
  command.footer("Tables, views, functions and enums as `supabase gen types` has them, from the "
                 "live catalog.\n\n"
                 "Examples:\n  nova types --out database.types.ts\n"
                 "  nova types --check              # 1: database.types.ts is out of date");
  command.add_option("--schema", options->schemas, "Of these schemas")
    ->delimiter(',')
    ->allow_extra_args(false)
    ->capture_default_str();
  command.add_option("--out", options->out, "Into this file, instead of standard output");
  command.add_flag("--check", options->check,
                   "Write nothing: compare with --out, else with database.types.ts");
  command.callback(
    [&line, options] { line.chosen = [options](context& ctx) { return types(ctx, *options); }; });
}

} // namespace nova::app
