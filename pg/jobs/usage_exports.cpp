#include "pg/jobs/usage_exports.hpp"

#include "schema/queries.hpp"

#include <optional>
#include <utility>

namespace nova::pg {

std::vector<usage_export> usage_exports::run(connection& conn) const {
  auto kept = keep.empty() ? std::nullopt : std::optional{keep};
  std::vector<usage_export> all;
  for (auto& [month, part, format, file, rows, bytes, sha256, content, deleting, deleted, old] :
       conn.exec(sql::usage_exports, kept)
         .rows<std::string, int32_t, std::string, std::string, int64_t, int64_t, std::string,
               int64_t, bool, bool, bool>())
    all.push_back({std::move(month), part, std::move(format), std::move(file), rows, bytes,
                   std::move(sha256), content, deleting, deleted, old});
  return all;
}

} // namespace nova::pg
