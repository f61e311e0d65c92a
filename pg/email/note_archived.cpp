#include "pg/email/note_archived.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void note_archived::run(connection& conn) const {
  conn.exec(sql::note_archived, queue, ids);
}

} // namespace nova::pg
