#include "pg/jobs/show_handlers.hpp"

#include "schema/queries.hpp"

#include <optional>
#include <utility>

namespace nova::pg {

std::vector<shown_handler> show_handlers::run(connection& conn) const {
  using text = std::optional<std::string>;
  std::vector<shown_handler> all;
  auto answer = conn.exec(sql::show_handlers);
  for (auto& [type, transport, queue, kind, config, timeout, enabled, set_by, set_at] :
       answer
         .rows<text, text, text, std::string, std::string, int64_t, bool, std::string, int64_t>())
    all.push_back({{type.value_or(""), transport.value_or(""), queue.value_or(""), std::move(kind),
                    std::move(config), std::chrono::milliseconds{timeout}},
                   enabled,
                   std::move(set_by),
                   set_at});
  return all;
}

} // namespace nova::pg
