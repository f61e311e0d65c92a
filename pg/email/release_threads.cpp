#include "pg/email/release_threads.hpp"

#include "schema/queries.hpp"

#include <optional>

namespace nova::pg {

uint64_t release_threads::run(connection& conn) const {
  auto of = node.empty() ? std::nullopt : std::optional{node};
  return conn.exec(sql::release_threads, of).value<uint64_t>();
}

} // namespace nova::pg
