#include "pg/email/note_not_listed.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint32_t note_not_listed::run(connection& conn) const {
  return static_cast<uint32_t>(
    conn.exec(sql::note_not_listed, inbox, ids, lo, hi).value<int64_t>());
}

} // namespace nova::pg
