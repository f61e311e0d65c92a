#include "pg/adoption/read_source_queue.hpp"

#include "schema/queries.hpp"

#include <optional>
#include <utility>

namespace nova::pg {

std::vector<source_message> read_source_queue::run(connection& source) const {
  std::vector<source_message> all;
  auto found = source.exec(sql::read_source_queue, queue, limit);
  for (auto& [id, message] : found.rows<int64_t, std::optional<std::string>>())
    all.push_back({id, std::move(message).value_or("null")});
  return all;
}

} // namespace nova::pg
