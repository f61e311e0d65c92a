#include "pg/email/begin_comparison.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t begin_comparison::run(connection& conn) const {
  return conn
    .exec(sql::begin_comparison, inbox, day_text(days.from), day_text(days.to), by,
          day_text(listed_from))
    .value<int64_t>();
}

} // namespace nova::pg
