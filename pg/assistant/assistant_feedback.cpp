#include "pg/assistant/assistant_feedback.hpp"

#include "pg/unless_empty.hpp"
#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<feedback_day> assistant_feedback::run(connection& conn) const {
  std::vector<feedback_day> all;
  auto found = conn.exec(sql::assistant_feedback, days, unless_empty(tenant));
  for (auto& [day, positive, negative, average] :
       found.rows<std::string, uint64_t, uint64_t, double>())
    all.push_back({std::move(day), positive, negative, average});
  return all;
}

} // namespace nova::pg
