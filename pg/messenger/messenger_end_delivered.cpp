#include "pg/messenger/messenger_end_delivered.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<judged_message> messenger_end_delivered::run(connection& conn) const {
  std::vector<judged_message> all;
  auto found = conn.exec(sql::messenger_end_delivered, transport, worker, payloads, deliveries,
                         verdicts, classes, texts, after_ms);
  for (auto& [delay, payload] : found.rows<std::optional<int64_t>, std::optional<std::string>>())
    all.push_back({delay ? std::optional{std::chrono::milliseconds{*delay}} : std::nullopt,
                   std::move(payload).value_or("")});
  return all;
}

} // namespace nova::pg
