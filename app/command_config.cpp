#include "app/commands.hpp"
#include "base/json_text.hpp"
#include "base/printable.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <ostream>

namespace nova::app {
namespace {

std::string shown(const effective_setting& setting) {
  if (setting.value.empty() || !setting.definition->secret)
    return setting.value;
  return "********";
}

exit_code print_config(context& ctx) {
  if (!ctx.json) {
    for (const auto& setting : ctx.loaded.effective)
      ctx.out << fmt::format("{:<30} {:<28} {}\n", setting.definition->name,
                             setting.value.empty() ? "(not set)" : base::printable(shown(setting)),
                             base::printable(setting.source));
    return exit_code::done;
  }
  rapidjson::StringBuffer buffer;
  base::json_writer out{buffer};
  auto put = [&out](const std::string& text) {
    out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  };
  out.StartArray();
  for (const auto& setting : ctx.loaded.effective) {
    out.StartObject();
    out.Key("name"), put(setting.definition->name);
    out.Key("value"), put(shown(setting));
    out.Key("source"), put(setting.source);
    out.Key("help"), put(setting.definition->help);
    out.EndObject();
  }
  out.EndArray();
  ctx.out << base::printable_json(buffer.GetString()) << '\n';
  return exit_code::done;
}

} // namespace

void add_config(CLI::App& root, command_line& line) {
  auto& command =
    *root.add_subcommand("config", "Print each setting, its value and where it came from");
  command.footer("Secrets are masked.\n\nExample:\n  nova config --json");
  command.callback([&line] { line.chosen = print_config; });
}

} // namespace nova::app
