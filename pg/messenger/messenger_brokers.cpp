#include "pg/messenger/messenger_brokers.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<broker_row> messenger_brokers::run(connection& conn) const {
  std::vector<broker_row> all;
  auto found = conn.exec(sql::messenger_brokers);
  for (auto& [transport, type, config, open] :
       found.rows<std::string, std::string, std::string, bool>())
    all.push_back({std::move(transport), std::move(type), std::move(config), open});
  return all;
}

} // namespace nova::pg
