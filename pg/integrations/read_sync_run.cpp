#include "pg/integrations/read_sync_run.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::optional<sync_task> read_sync_run::run(connection& conn) const {
  auto found =
    conn.exec(sql::read_sync_run, claim.id, claim.token)
      .maybe<std::string, std::string, std::string, std::string, std::string, std::string,
             std::string, std::optional<std::string>, std::string, std::optional<std::string>,
             std::string, std::optional<std::string>, std::string, std::string>();
  if (!found)
    return std::nullopt;
  auto& [config, integration, integration_name, stream, provider, integration_settings, settings,
         secret, mode, key, type, watermark, checkpoint, state] = *found;
  return sync_task{claim,
                   std::move(config),
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
                   std::move(checkpoint),
                   std::move(state)};
}

} // namespace nova::pg
