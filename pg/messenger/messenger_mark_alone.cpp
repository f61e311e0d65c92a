#include "pg/messenger/messenger_mark_alone.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool messenger_mark_alone::run(connection& conn) const {
  return std::get<0>(conn.exec(sql::messenger_mark_alone, id, token).one<bool>());
}

} // namespace nova::pg
