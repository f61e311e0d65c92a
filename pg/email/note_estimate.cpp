#include "pg/email/note_estimate.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void note_estimate::run(connection& conn) const {
  auto seconds = [](const std::optional<std::chrono::seconds>& time) {
    return time ? std::optional<int64_t>{time->count()} : std::nullopt;
  };
  std::optional<std::chrono::seconds> expected, low, high;
  if (left) {
    expected = left->expected;
    low = left->low;
    high = left->high;
  }
  conn.exec(sql::note_estimate, config, share, seconds(expected), seconds(low), seconds(high),
            seconds(usable), binds, messages, trace);
}

} // namespace nova::pg
