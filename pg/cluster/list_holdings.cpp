#include "pg/cluster/list_holdings.hpp"

#include "base/rendezvous.hpp"
#include "schema/queries.hpp"

#include <algorithm>
#include <utility>

namespace nova::pg {

node_holdings list_holdings::run(connection& conn) const {
  using texts = std::vector<std::string>;
  using numbers = std::vector<int64_t>;
  auto [claims, leases, grants, ids, names, weights] =
    conn.exec(sql::list_holdings, node).one<int64_t, texts, texts, numbers, texts, numbers>();
  std::vector<base::candidate> candidates;
  int64_t own = 0; // nobody's: the name is of no candidate
  for (size_t i = 0; i < ids.size(); ++i) {
    candidates.push_back({ids[i], names[i], static_cast<uint32_t>(weights[i])});
    if (names[i] == node)
      own = ids[i];
  }
  auto here = [&](const std::string& grant) { return base::home_of(grant, candidates) == own; };
  return {claims, std::move(leases), own == 0 ? 0 : std::ranges::count_if(grants, here)};
}

} // namespace nova::pg
