#include "pg/email/claim_window.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

int64_t claim_window::run(connection& conn) const {
  auto claimed = conn.exec(sql::claim_window, config, window, token, node).column<int64_t>();
  return claimed.empty() ? 0 : claimed.front();
}

} // namespace nova::pg
