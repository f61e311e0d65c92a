#include "pg/queue/queue_rows.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace nova::pg {

std::vector<queue_message> queue_rows(const result& rows) {
  std::vector<queue_message> all;
  for (auto& [id, read_ct, sent_at, body] : rows.rows<int64_t, int32_t, int64_t, std::string>())
    all.push_back({id, read_ct, std::move(body), sent_at});
  return all;
}

} // namespace nova::pg
