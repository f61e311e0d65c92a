#include "pg/access/await_changes.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void await_changes::run(connection& conn) const {
  conn.exec(sql::await_changes, who, static_cast<int64_t>(lasting.count()));
}

} // namespace nova::pg
