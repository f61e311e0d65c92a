#include "pg/cluster/clear_live_setting.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

bool clear_live_setting::run(connection& conn) const {
  return conn.exec(sql::clear_live_setting, key).value<bool>();
}

} // namespace nova::pg
