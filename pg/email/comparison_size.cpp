#include "pg/email/comparison_size.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

compared_mail comparison_size::run(connection& conn) const {
  auto [messages, threads] = conn.exec(sql::comparison_size, comparison).one<uint64_t, uint64_t>();
  return {messages, threads};
}

} // namespace nova::pg
