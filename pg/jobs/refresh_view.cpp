#include "pg/jobs/refresh_view.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

refreshed_view refresh_view::run(connection& conn) const {
  auto [refreshed, rows, bytes] = conn.exec(sql::refresh_view, task).one<bool, int64_t, int64_t>();
  return {refreshed, rows, bytes};
}

} // namespace nova::pg
