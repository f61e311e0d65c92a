#pragma once

#include "pg/platform/database_types.hpp"

#include <string>
#include <vector>

namespace nova::app {

/// `database.types.ts` for supabase-js: the type `Database`, what names its rows (`Tables`,
/// `TablesInsert`, `TablesUpdate`, `Enums`, `CompositeTypes`) and the values of enums
/// (`Constants`).
std::string types_file(const std::vector<pg::schema_types>& schemas);

} // namespace nova::app
