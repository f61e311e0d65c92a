#include "pg/email/adopted_digests.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<adopted_digest> adopted_digests::run(connection& conn) const {
  std::vector<adopted_digest> all;
  auto found = conn.exec(sql::adopted_digests, table);
  for (auto& [inbox, rows, digest] : found.rows<std::string, int64_t, std::string>())
    all.push_back({std::move(inbox), rows, std::move(digest)});
  return all;
}

} // namespace nova::pg
