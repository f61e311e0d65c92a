#include "pg/email/add_inbox.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

added_inbox add_inbox::run(connection& conn) const {
  auto added = conn.exec(sql::add_inbox, email, grant, provider, replace);
  auto [id, address, of, kind, status, reason, verified_at, former] =
    added.one<inbox_id, std::string, grant_id, std::string, std::string, std::string, int64_t,
              grant_id>();
  return {{std::move(id), std::move(address), std::move(of), std::move(kind), std::move(status),
           std::move(reason), verified_at, 0},
          std::move(former)};
}

} // namespace nova::pg
