#include "app/commands.hpp"
#include "app/output.hpp"
#include "base/printable.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <ostream>
#include <sstream>
#include <utility>

namespace nova::app {
namespace {

std::string shown(const effective_setting& setting) {
  if (setting.value.empty() || !setting.definition->secret)
    return setting.value;
  return "********";
}

/// What it is, and how else a secret is given.
std::string help_of(const setting_definition& setting) {
  return setting.help
         + (setting.secret ? fmt::format(" Or {}_FILE, a file that has it.", setting.name) : "");
}

/// Words in lines of at most `width`, each behind `prefix`.
std::string wrapped(const std::string& text, const std::string& prefix, size_t width) {
  std::istringstream words{text};
  std::string all, line = prefix, word;
  while (words >> word) {
    if (line.size() + 1 + word.size() > width && line != prefix)
      all += std::exchange(line, prefix) + '\n';
    line += (line == prefix ? "" : " ") + word;
  }
  return all + line + '\n';
}

/// `.env.example`.
void print_example(std::ostream& out) {
  constexpr size_t width = 100;
  out << wrapped("Copy to .env, and take away the # of what you set. Every setting with its "
                 "default; `nova config` shows what is in force and where it came from, and `nova "
                 "config --example` prints this file. What is set here wins over what a unit, an "
                 "image or a --config file sets, so nothing is. The file holds secrets: chmod 600 "
                 ".env",
                 "# ", width);
  for (const auto& setting : setting_table())
    out << '\n'
        << wrapped(help_of(setting) + " Accepted: " + setting.kind.accepted + '.', "# ", width)
        << '#' << setting.name << '=' << default_of(setting) << '\n';
}

/// The table of docs/settings.md.
void print_page(std::ostream& out) {
  out << "| setting | default | accepted | what |\n|---|---|---|---|\n";
  for (const auto& setting : setting_table()) {
    auto given = default_of(setting);
    out << fmt::format("| `{}` | {} | {} | {} |\n", setting.name,
                       given.empty() ? std::string{setting.unset} : '`' + given + '`',
                       setting.kind.accepted, help_of(setting));
  }
}

exit_code print_config(context& ctx) {
  if (!ctx.json) {
    for (const auto& setting : ctx.loaded.effective)
      ctx.out << fmt::format("{:<30} {:<28} {}\n", setting.definition->name,
                             setting.value.empty() ? "(not set)" : base::printable(shown(setting)),
                             base::printable(setting.source));
    return exit_code::done;
  }
  table all{{"name", "value", "source", "default", "accepted", "help"}, {}};
  for (const auto& setting : ctx.loaded.effective)
    all.rows.push_back({std::string{setting.definition->name}, shown(setting), setting.source,
                        default_of(*setting.definition), setting.definition->kind.accepted,
                        help_of(*setting.definition)});
  print(ctx, all);
  return exit_code::done;
}

} // namespace

void add_config(CLI::App& root, command_line& line) {
  auto& command =
    *root.add_subcommand("config", "Print each setting, its value and where it came from");
  command.footer("Secrets are masked.\n\nExamples:\n  nova config --json\n"
                 "  nova config --example >.env");
  auto example = std::make_shared<bool>(false);
  auto page = std::make_shared<bool>(false);
  command.add_flag("--example", *example, "Print a .env in which every setting is commented out");
  command.add_flag("--page", *page, "Print the table of docs/settings.md")->excludes("--example");
  command.callback([&line, example, page] {
    line.chosen = [example, page](context& ctx) {
      if (!*example && !*page)
        return print_config(ctx);
      *example ? print_example(ctx.out) : print_page(ctx.out);
      return exit_code::done;
    };
  });
}

} // namespace nova::app
