#include "pg/jobs/end_upkeep.hpp"

#include "schema/queries.hpp"

#include <optional>

namespace nova::pg {

bool end_upkeep::run(connection& conn) const {
  const auto& [end, rows, bytes, error_class, text, file, details, after] = outcome;
  std::optional<int64_t> due;
  if (after)
    due = after->count();
  auto more = details.empty() ? std::nullopt : std::optional{details};
  return conn
    .exec(sql::end_upkeep, task, token, to_string(end), rows, bytes, error_class, text, file, due,
          more)
    .value<bool>();
}

} // namespace nova::pg
