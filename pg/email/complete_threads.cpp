#include "pg/email/complete_threads.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<bool> complete_threads::run(connection& conn) const {
  if (claims.empty())
    return {};
  std::vector<std::string_view> configs, threads;
  std::vector<int64_t> tokens;
  for (const auto& claim : claims) {
    configs.push_back(claim.config.value);
    threads.push_back(claim.thread.value);
    tokens.push_back(claim.token);
  }
  return conn.exec(sql::complete_threads, configs, threads, tokens, messages_synced).column<bool>();
}

} // namespace nova::pg
