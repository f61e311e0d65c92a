#include "pg/jobs/note_usage_export.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void note_usage_export::run(connection& conn) const {
  conn.exec(sql::note_usage_export, month, part, format, file, rows, bytes, sha256, content);
}

} // namespace nova::pg
