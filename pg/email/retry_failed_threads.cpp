#include "pg/email/retry_failed_threads.hpp"

#include "schema/queries.hpp"

#include <optional>

namespace nova::pg {

uint64_t retry_failed_threads::run(connection& conn) const {
  auto some = threads.empty() ? std::nullopt : std::optional{threads};
  return conn.exec(sql::retry_failed_threads, config, some, who).value<uint64_t>();
}

} // namespace nova::pg
