#include "pg/jobs/assign_handler.hpp"

#include "pg/unless_empty.hpp"
#include "schema/queries.hpp"

namespace nova::pg {

int64_t assign_handler::run(connection& conn) const {
  auto answer = conn.exec(sql::assign_handler, unless_empty(handler.type),
                          unless_empty(handler.transport), unless_empty(handler.queue),
                          handler.kind, handler.config, int64_t{handler.timeout.count()});
  return answer.value<int64_t>();
}

} // namespace nova::pg
