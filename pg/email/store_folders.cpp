#include "pg/email/store_folders.hpp"

#include "schema/queries.hpp"

#include <optional>
#include <string_view>

namespace nova::pg {

void store_folders::run(connection& conn) const {
  std::vector<std::string_view> inboxes, ids;
  std::vector<std::optional<std::string_view>> names, parents, attributes;
  std::vector<std::optional<bool>> system;
  std::vector<bool> deleted;
  for (const auto& folder : folders) {
    inboxes.push_back(folder.inbox.value);
    ids.push_back(folder.id);
    names.emplace_back(folder.name);
    parents.emplace_back(folder.parent_id);
    attributes.emplace_back(folder.attributes);
    system.push_back(folder.system_folder);
    deleted.push_back(folder.deleted);
  }
  if (!ids.empty())
    conn.exec(sql::store_folders, inboxes, ids, names, parents, attributes, system, deleted);
}

} // namespace nova::pg
