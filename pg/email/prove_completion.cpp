#include "pg/email/prove_completion.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

completion_proof prove_completion::run(connection& conn) const {
  auto [completions, right] = conn.exec(sql::prove_completion, config).one<uint64_t, bool>();
  return {completions, right};
}

} // namespace nova::pg
