#include "pg/email/replace_folders.hpp"

#include "schema/queries.hpp"

#include <optional>
#include <string_view>

namespace nova::pg {

void replace_folders::run(connection& conn) const {
  std::vector<std::string_view> ids;
  std::vector<std::optional<std::string_view>> names, parents, attributes;
  std::vector<std::optional<bool>> system;
  for (const auto& folder : folders) {
    ids.push_back(folder.id);
    names.emplace_back(folder.name);
    parents.emplace_back(folder.parent_id);
    attributes.emplace_back(folder.attributes);
    system.push_back(folder.system_folder);
  }
  conn.exec(sql::replace_folders, claim.inbox, claim.claimed_at, ids, names, parents, attributes,
            system);
}

} // namespace nova::pg
