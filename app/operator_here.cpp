#include "app/operator_here.hpp"

#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace nova::app {

pg::operator_identity operator_here(const char* via) {
  const auto* user = std::getenv("USER"); // NOLINT(concurrency-mt-unsafe): nothing here sets it
  bool named = user != nullptr && *user != '\0';
  return {named ? user : "uid " + std::to_string(::geteuid()), "admin", via, ""};
}

pg::operator_action by_command(std::string action, std::string target, std::string reason) {
  pg::operator_action line{operator_here("command")};
  line.action = std::move(action);
  line.target = std::move(target);
  line.reason = std::move(reason);
  return line;
}

} // namespace nova::app
