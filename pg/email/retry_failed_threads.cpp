#include "pg/email/retry_failed_threads.hpp"

#include "schema/queries.hpp"

#include <optional>
#include <string>

namespace nova::pg {

uint64_t retry_failed_threads::run(connection& conn) const {
  if (threads.empty())
    return conn.exec(sql::retry_failed_threads, config, std::optional<std::string>{}, who)
      .value<uint64_t>();
  return conn.exec(sql::retry_failed_threads, config, threads, who).value<uint64_t>();
}

} // namespace nova::pg
