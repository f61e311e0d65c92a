#include "pg/adoption/source_give.hpp"

#include "base/json_text.hpp"
#include "schema/queries.hpp"

namespace nova::pg {

void return_source_messages::run(connection& source) const {
  auto asked = "{\"queue\":" + base::json_string(queue) + ",\"messages\":[";
  for (const auto& one : messages)
    asked += (asked.back() == '[' ? "" : ",") + ("{\"id\":" + std::to_string(one.id))
             + ",\"message\":" + one.message + "}";
  transaction all{source, transaction::access::read_write};
  source.exec(sql::source_return_ask, asked + "]}");
  source.exec(sql::source_return);
  all.commit();
}

int64_t give_source_notifications::run(connection& source) const {
  auto asked = "{\"schema\":" + base::json_string(schema) + ",\"table\":" + base::json_string(table)
               + ",\"key\":" + base::json_string(key) + ",\"queue\":" + base::json_string(queue)
               + ",\"rows\":[";
  for (const auto& one : notifications)
    asked += (asked.back() == '[' ? "{\"columns\":" : ",{\"columns\":") + one.columns
             + ",\"message\":" + one.message + "}";
  transaction all{source, transaction::access::read_write};
  source.exec(sql::source_give_ask, asked + "]}");
  source.exec(sql::source_give);
  auto given = source.exec(sql::source_given).value<int64_t>();
  all.commit();
  return given;
}

} // namespace nova::pg
