#include "pg/jobs/list_handlers.hpp"

#include "schema/queries.hpp"

#include <optional>
#include <utility>

namespace nova::pg {

std::vector<set_handler> list_handlers::run(connection& conn) const {
  using text = std::optional<std::string>;
  std::vector<set_handler> all;
  auto answer = conn.exec(sql::list_handlers);
  for (auto& [type, transport, queue, kind, config, timeout, id, limit_key] :
       answer.rows<text, text, text, std::string, std::string, int64_t, int64_t, text>())
    all.push_back({type.value_or(""), transport.value_or(""), queue.value_or(""), std::move(kind),
                   std::move(config), std::chrono::milliseconds{timeout}, id,
                   std::move(limit_key).value_or("")});
  return all;
}

} // namespace nova::pg
