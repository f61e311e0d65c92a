#include "pg/email/note_pace.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void note_pace::run(connection& conn) const {
  conn.exec(sql::note_pace, grant, binds, calls_a_second, units_a_second, places, node, waiting,
            waiting_remote, oldest_wait_ms, running, units_allowed, units_left, throttled_for_ms);
}

} // namespace nova::pg
