#include "pg/integrations/commit_sync_page.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::string commit_sync_page::run(connection& conn) const {
  return conn
    .exec(sql::commit_sync_page, claim.id, claim.token, read, inserted, updated, deleted, skipped,
          failed, bytes, watermark, checkpoint, state)
    .value<std::string>();
}

} // namespace nova::pg
