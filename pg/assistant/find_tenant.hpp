#pragma once

#include "pg/connection.hpp"

#include <optional>
#include <string>

namespace nova::pg {

/// The id of a tenant; nothing when there is none.
struct find_tenant {
  static constexpr const char* name = "find_tenant";

  std::string id_or_slug;

  std::optional<std::string> run(connection& conn) const;
};

} // namespace nova::pg
