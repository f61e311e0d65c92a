#include "tests/support/node_service.hpp"

#include "schema/migrations.hpp"

#include <fstream>
#include <functional>
#include <iterator>
#include <string_view>

namespace nova::test {

node_service::node_service(const std::string& file) {
  // pgmq, as Nova brings it where there is no extension.
  for (const auto& step : sql::migrations)
    if (std::string_view{step.system} == "platform" || std::string_view{step.system} == "queue")
      conn.run(step.up);
  for (const auto* queue :
       {"nylas_webhook_notifications", "inbox_backfill_jobs", "thread_sync_jobs"})
    run(std::string{"select pgmq.create('"} + queue + "')");
  std::ifstream tables{std::string{NOVA_SUPPORT} + "/" + file};
  run({std::istreambuf_iterator<char>{tables}, {}});
}

int64_t node_service::count(const std::string& rest) {
  return count_rows(conn, rest);
}

int64_t count_rows(pg::connection& conn, const std::string& rest) {
  auto text = "select count(*) from " + rest;
  auto name = "count_rows_" + std::to_string(std::hash<std::string>{}(text));
  return conn.exec({name.c_str(), text.c_str()}).value<int64_t>();
}

} // namespace nova::test
