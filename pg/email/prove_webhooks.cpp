#include "pg/email/prove_webhooks.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

webhooks_proof prove_webhooks::run(connection& conn) const {
  auto [lost, pending, p50, p99] =
    conn.exec(sql::prove_webhooks, ids, posted_at).one<uint64_t, uint64_t, double, double>();
  return {lost, pending, p50, p99};
}

} // namespace nova::pg
