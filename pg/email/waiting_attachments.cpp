#include "pg/email/waiting_attachments.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

attachments_waiting waiting_attachments::run(connection& conn) const {
  auto [waiting, failing] = conn.exec(sql::waiting_attachments).one<uint64_t, uint64_t>();
  return {waiting, failing};
}

} // namespace nova::pg
