#include "pg/integrations/read_sync_config.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::optional<sync_task> read_sync_config::run(connection& conn) const {
  auto found =
    conn.exec(sql::read_sync_config, config)
      .maybe<std::string, std::string, std::string, std::string, std::string, std::string,
             std::string, std::optional<std::string>, std::string, std::optional<std::string>,
             std::string, std::optional<std::string>, std::string>();
  if (!found)
    return std::nullopt;
  auto& [id, integration, integration_name, stream, provider, integration_settings, settings,
         secret, mode, key, type, watermark, state] = *found;
  return sync_task{{},
                   std::move(id),
                   std::move(integration),
                   std::move(integration_name),
                   std::move(stream),
                   std::move(provider),
                   std::move(integration_settings),
                   std::move(settings),
                   std::move(secret).value_or(""),
                   std::move(mode),
                   std::move(key).value_or(""),
                   std::move(type),
                   std::move(watermark),
                   "{}",
                   std::move(state)};
}

} // namespace nova::pg
