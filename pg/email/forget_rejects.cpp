#include "pg/email/forget_rejects.hpp"

#include "pg/email/reject_keys.hpp"
#include "schema/queries.hpp"

namespace nova::pg {

uint64_t forget_rejects::run(connection& conn) const {
  if (rejects.empty())
    return 0;
  reject_keys key{rejects};
  return conn.exec(sql::forget_rejects, key.inboxes, key.kinds, key.identities).value<uint64_t>();
}

} // namespace nova::pg
