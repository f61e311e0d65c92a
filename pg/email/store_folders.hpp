#pragma once

#include "mail/inboxes.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// Folders that were created, changed or deleted.
struct store_folders {
  static constexpr const char* name = "store_folders";

  std::vector<inbox_folder> folders;

  void run(connection& conn) const;
};

} // namespace nova::pg
