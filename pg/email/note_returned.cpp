#include "pg/email/note_returned.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void note_returned::run(connection& conn) const {
  conn.exec(sql::note_returned, queue, ids);
}

} // namespace nova::pg
