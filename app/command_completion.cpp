#include "app/commands.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace nova::app {
namespace {

/// `command sub sub…` a line, from the tree itself, so that it cannot be out of date.
std::string command_words(const CLI::App& root) {
  std::string words;
  for (const auto* command : root.get_subcommands([](const CLI::App*) { return true; }))
    words += (words.empty() ? "" : " ") + command->get_name();
  return words;
}

std::string bash_script(const CLI::App& root) {
  std::string cases;
  for (const auto* command : root.get_subcommands([](const CLI::App*) { return true; }))
    if (auto words = command_words(*command); !words.empty())
      cases += "    " + command->get_name() + ") words='" + words + "' ;;\n";
  return "_nova() {\n  local words='" + command_words(root)
         + "'\n  if [ \"$COMP_CWORD\" -gt 1 ]; then\n    words=\n    case ${COMP_WORDS[1]} in\n"
         + cases
         + "    esac\n    [ \"$COMP_CWORD\" -gt 2 ] && words=\n  fi\n"
           "  COMPREPLY=($(compgen -W \"$words --json --config --help\" -- "
           "\"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -F _nova nova\n";
}

std::string zsh_script(const CLI::App& root) {
  return "autoload -U +X bashcompinit && bashcompinit\n" + bash_script(root);
}

std::string fish_script(const CLI::App& root) {
  std::string lines = "complete -c nova -f\n";
  for (const auto* command : root.get_subcommands([](const CLI::App*) { return true; })) {
    lines += "complete -c nova -n __fish_use_subcommand -a " + command->get_name() + " -d '"
             + command->get_description() + "'\n";
    for (const auto* sub : command->get_subcommands([](const CLI::App*) { return true; }))
      lines += "complete -c nova -n '__fish_seen_subcommand_from " + command->get_name() + "' -a "
               + sub->get_name() + "\n";
  }
  return lines;
}

} // namespace

void add_completion(CLI::App& root, command_line& line) {
  auto shell = std::make_shared<std::string>();
  auto& command =
    *root.add_subcommand("shell-completion", "Print completion for a shell")->alias("completion");
  command.footer("Example:\n  nova shell-completion bash > /etc/bash_completion.d/nova");
  command.add_option("SHELL", *shell, "bash, zsh or fish")
    ->required()
    ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command.callback([&line, &root, shell] {
    auto script = *shell == "bash"  ? bash_script(root)
                  : *shell == "zsh" ? zsh_script(root)
                                    : fish_script(root);
    line.chosen = [script](context& ctx) {
      ctx.out << script;
      return exit_code::done;
    };
  });
}

} // namespace nova::app
