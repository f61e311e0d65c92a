#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// What TypeScript sees of a schema: its tables, views, functions and types.
struct schema_types {
  std::string schema;
  std::string body;  // of the schema's type: Tables, Views, Functions, Enums, CompositeTypes
  std::string enums; // their values, as constants; empty: it has none
};

/// The types of a database, as supabase-js takes them: what `@supabase/postgres-meta` 0.99 gives,
/// of what the role may see. A schema that is not there is left out.
struct database_types {
  static constexpr const char* name = "database_types";

  std::vector<std::string> schemas;

  [[nodiscard]] std::vector<schema_types> run(connection& conn) const;
};

} // namespace nova::pg
