#include "pg/messenger/messenger_outbox_age.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::chrono::milliseconds messenger_outbox_age::run(connection& conn) const {
  auto [seconds] = conn.exec(sql::messenger_outbox_age).one<double>();
  return std::chrono::duration_cast<std::chrono::milliseconds>(
    std::chrono::duration<double>(seconds));
}

} // namespace nova::pg
