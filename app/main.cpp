#include "app/program.hpp"
#include "demo/command_demo.hpp"

#include <unistd.h>

#include <iostream>

int main(int argc, char** argv) {
  std::map<std::string, std::string> environment;
  for (auto entry = environ; *entry; ++entry) {
    auto text = std::string{*entry};
    if (auto equals = text.find('='); equals != std::string::npos)
      environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  auto* answers = isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0 ? &std::cin : nullptr;
  return nova::app::run_program({argv + 1, argv + argc}, environment, std::cout, std::cerr, answers,
                                {nova::demo::add_demo});
}
