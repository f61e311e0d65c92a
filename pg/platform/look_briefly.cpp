#include "pg/platform/look_briefly.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void look_briefly::run(connection& conn) const {
  conn.exec(sql::look_briefly);
}

} // namespace nova::pg
