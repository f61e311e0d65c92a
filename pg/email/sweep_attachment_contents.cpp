#include "pg/email/sweep_attachment_contents.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t sweep_attachment_contents::run(connection& conn) const {
  return conn.exec(sql::sweep_attachment_contents).value<uint64_t>();
}

} // namespace nova::pg
