#include "pg/cluster/set_live_setting.hpp"

#include "schema/queries.hpp"

#include <cstdint>

namespace nova::pg {

void set_live_setting::run(connection& conn) const {
  conn.exec(sql::set_live_setting, key, value, who, reason, int64_t{lasting.count()});
}

} // namespace nova::pg
