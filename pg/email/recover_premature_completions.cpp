#include "pg/email/recover_premature_completions.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<config_id> recover_premature_completions::run(connection& conn) const {
  return conn.exec(sql::recover_premature_completions).column<config_id>();
}

} // namespace nova::pg
