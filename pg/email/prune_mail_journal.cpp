#include "pg/email/prune_mail_journal.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t prune_mail_journal::run(connection& conn) const {
  return conn.exec(sql::prune_mail_journal).value<uint64_t>();
}

} // namespace nova::pg
