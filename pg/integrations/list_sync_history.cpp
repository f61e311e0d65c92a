#include "pg/integrations/list_sync_history.hpp"

#include "pg/unless_empty.hpp"
#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<sync_run> list_sync_history::run(connection& conn) const {
  std::vector<sync_run> all;
  auto found = conn.exec(sql::list_sync_history, unless_empty(config), unless_empty(status), limit);
  for (auto& [id, integration, stream, state, by, error, retry, max, written, failed, started,
              finished, mode, read, inserted, updated, deleted, skipped, bytes, kind] :
       found.rows<std::string, std::string, std::string, std::string, std::string, std::string,
                  int32_t, int32_t, int64_t, int64_t, int64_t, int64_t, std::string, int64_t,
                  int64_t, int64_t, int64_t, int64_t, int64_t, std::string>())
    all.push_back({std::move(id),
                   std::move(integration),
                   std::move(stream),
                   std::move(state),
                   std::move(by),
                   std::move(error),
                   retry,
                   max,
                   written,
                   failed,
                   started,
                   finished,
                   std::move(mode),
                   read,
                   inserted,
                   updated,
                   deleted,
                   skipped,
                   bytes,
                   std::move(kind)});
  return all;
}

} // namespace nova::pg
