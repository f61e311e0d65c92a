#include "pg/jobs/remove_handler.hpp"

#include "pg/unless_empty.hpp"
#include "schema/queries.hpp"

namespace nova::pg {

bool remove_handler::run(connection& conn) const {
  auto answer = conn.exec(sql::remove_handler, unless_empty(type), unless_empty(transport),
                          unless_empty(queue));
  return answer.value<bool>();
}

} // namespace nova::pg
