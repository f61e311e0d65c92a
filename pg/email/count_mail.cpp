#include "pg/email/count_mail.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

mail_counts count_mail::run(connection& conn) const {
  auto [messages, threads, wrong] =
    conn.exec(sql::count_mail, inbox).one<uint64_t, uint64_t, uint64_t>();
  return {messages, threads, wrong};
}

} // namespace nova::pg
