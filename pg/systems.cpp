#include "pg/systems.hpp"

#include "pg/integrations.hpp"
#include "pg/messenger.hpp"
#include "schema/migrations.hpp"
#include "schema/queries.hpp"

#include <stdexcept>

namespace nova::pg {
namespace {

bool has_assistant(connection& conn) {
  return conn
    .exec(sql::has_function,
          "public.increment_usage_metrics(uuid,uuid,date,integer,integer,numeric)")
    .value<bool>();
}

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
  if (system == "messenger")
    return has_messenger(conn);
  if (system == "integrations")
    return has_syncs(conn);
  if (system == "assistant")
    return has_assistant(conn);
  throw std::invalid_argument("'" + std::string(system) + "' is not a system that is chosen");
}

} // namespace nova::pg
