#include "pg/integrations/show_sync_run.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::optional<shown_sync_run> show_sync_run::run(connection& conn) const {
  auto found = conn.exec(sql::show_sync_run, run_id)
                 .maybe<std::string, std::string, std::string, std::string, std::string, int32_t,
                        int32_t, std::string, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t,
                        int64_t, int64_t, int64_t, int64_t, int64_t, double, std::string,
                        std::string, std::string, std::string, int64_t>();
  if (!found)
    return std::nullopt;
  return std::apply([](auto&&... field) { return shown_sync_run{std::move(field)...}; },
                    std::move(*found));
}

} // namespace nova::pg
