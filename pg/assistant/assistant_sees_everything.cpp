#include "pg/assistant/assistant_sees_everything.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool assistant_sees_everything::run(connection& conn) const {
  return conn.exec(sql::assistant_sees_everything).value<bool>();
}

} // namespace nova::pg
