#include "pg/systems.hpp"

#include "pg/platform/has_function.hpp"
#include "schema/migrations.hpp"

#include <array>
#include <stdexcept>

namespace nova::pg {
namespace {

/// A function that tells that a system is there.
struct chosen_system {
  std::string_view name;
  const char* function;
};

constexpr std::array<chosen_system, 4> chosen_systems{{
  {"messenger", "public.messenger_prune(integer)"},
  {"integrations", "nova.close_lost_syncs(uuid)"},
  {"assistant", "public.increment_usage_metrics(uuid,uuid,date,integer,integer,numeric)"},
  {"access", "public.mail_search(text,uuid,text,integer)"},
}};

} // namespace

std::vector<std::string> systems_of(std::span<const sql::migration> migrations) {
  std::vector<std::string> found;
  for (const auto& step : migrations)
    if (found.empty() || found.back() != step.system)
      found.emplace_back(step.system);
  return found;
}

const std::vector<std::string>& systems() {
  static const auto found = systems_of(sql::migrations);
  return found;
}

std::string accepted_systems(const std::vector<std::string>& known) {
  std::string all;
  for (const auto& system : known)
    all += (all.empty() ? "" : ", ") + system;
  return all + " or " + std::string(every_system);
}

bool has_system(connection& conn, std::string_view system) {
  for (const auto& [name, function] : chosen_systems)
    if (name == system)
      return has_function{function}.run(conn);
  throw std::invalid_argument("'" + std::string(system) + "' is not a system that is chosen");
}

} // namespace nova::pg
