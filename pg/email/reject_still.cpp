#include "pg/email/reject_still.hpp"

#include "pg/email/reject_keys.hpp"
#include "pg/program_version.hpp"
#include "schema/queries.hpp"

namespace nova::pg {

void reject_still::run(connection& conn) const {
  if (rejects.empty())
    return;
  reject_keys key{rejects};
  conn.exec(sql::reject_still, key.inboxes, key.kinds, key.identities, reasons, program_version());
}

} // namespace nova::pg
