#include "pg/jobs/note_usage_deleted.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void note_usage_deleted::run(connection& conn) const {
  conn.exec(sql::note_usage_deleted, month, part);
}

} // namespace nova::pg
