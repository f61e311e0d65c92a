#include "pg/cluster/record_actor_failures.hpp"

#include "schema/queries.hpp"

#include <string_view>

namespace nova::pg {

void record_actor_failures::run(connection& conn) const {
  std::vector<int64_t> at, restarts;
  std::vector<std::string_view> kinds, keys, reasons, doing, messages;
  for (const auto& failure : failures) {
    at.push_back(failure.at);
    kinds.push_back(failure.kind);
    keys.push_back(failure.key);
    reasons.push_back(failure.reason);
    doing.push_back(failure.doing);
    messages.push_back(failure.message_type);
    restarts.push_back(failure.restart_number);
  }
  conn.exec(sql::record_actor_failures, node, at, kinds, keys, reasons, doing, messages, restarts);
}

} // namespace nova::pg
