#pragma once

#include "pg/connection.hpp"

#include <optional>
#include <string>

namespace nova::pg {

struct sync_moment {
  std::string now; // by its clock; times are text of ISO 8601
  std::optional<std::string>
    oldest;              // since when the oldest other transaction is open; nothing: none
  bool all_seen = false; // no transaction is hidden from this role
};

/// What of the database of a source may still commit.
struct sync_horizon {
  static constexpr const char* name = "sync_horizon";

  sync_moment run(connection& conn) const;
};

} // namespace nova::pg
