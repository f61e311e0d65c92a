#include "pg/email/postpone_parked.hpp"

#include "schema/queries.hpp"

#include <string_view>

namespace nova::pg {

void postpone_parked::run(connection& conn) const {
  if (delays.empty())
    return;
  std::vector<std::string_view> ids, reasons;
  std::vector<int64_t> milliseconds;
  std::vector<bool> failed;
  for (const auto& delay : delays) {
    ids.push_back(delay.id.value);
    milliseconds.push_back(delay.delay_ms);
    failed.push_back(delay.failed);
    reasons.push_back(delay.reason);
  }
  conn.exec(sql::postpone_parked, ids, milliseconds, failed, reasons);
}

} // namespace nova::pg
