#include "pg/messenger/messenger_transports.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<transport_row> messenger_transports::run(connection& conn) const {
  std::vector<transport_row> all;
  auto found = conn.exec(sql::messenger_transports);
  for (auto& [transport, type, config, enabled, paused, running_max, attempts_max, workers, depth,
              outbox, since, error] :
       found.rows<std::string, std::string, std::string, bool, bool, int32_t, int32_t,
                  std::optional<int32_t>, std::optional<int64_t>, std::optional<int64_t>,
                  std::optional<int64_t>, std::optional<std::string>>())
    all.push_back({std::move(transport), std::move(type), std::move(config), enabled, paused,
                   running_max, attempts_max, workers, depth, outbox, since,
                   std::move(error).value_or("")});
  return all;
}

} // namespace nova::pg
