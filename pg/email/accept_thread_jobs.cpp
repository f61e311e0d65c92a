#include "pg/email/accept_thread_jobs.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

uint64_t accept_thread_jobs::run(connection& conn) const {
  std::vector<std::string_view> ids;
  std::vector<int64_t> sent_at;
  for (const auto& job : jobs) {
    ids.push_back(job.thread.value);
    sent_at.push_back(job.sent_at);
  }
  return conn.exec(sql::accept_thread_jobs, config, ids, sent_at).value<uint64_t>();
}

} // namespace nova::pg
