#include "pg/messenger/messenger_prune.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t messenger_prune::run(connection& conn) const {
  return conn.exec(sql::messenger_prune).value<uint64_t>();
}

} // namespace nova::pg
