#include "pg/integrations/list_sync_configs.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<sync_config> list_sync_configs::run(connection& conn) const {
  std::vector<sync_config> all;
  auto found = conn.exec(sql::list_sync_configs, which);
  for (auto& [id, integration, provider, stream, active, mode, key, watermark, schedule, due, state,
              status, error, failures, reason, settings] :
       found.rows<std::string, std::string, std::string, std::string, bool, std::string,
                  std::string, std::string, std::string, int64_t, std::string, std::string,
                  std::string, int32_t, std::string, std::string>())
    all.push_back({std::move(id), std::move(integration), std::move(provider), std::move(stream),
                   active, std::move(mode), std::move(key), std::move(watermark),
                   std::move(schedule), due, std::move(state), std::move(status), std::move(error),
                   failures, std::move(reason), std::move(settings)});
  return all;
}

} // namespace nova::pg
