#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

struct vacuum_of_table {
  std::string text;
  bool may = false; // whether this role may: a server only warns those who may not
};

/// What vacuums a table. No function can do it, and no transaction: it is run by itself.
struct vacuum_statement {
  static constexpr const char* name = "vacuum_statement";

  std::string table;

  vacuum_of_table run(connection& conn) const;
};

} // namespace nova::pg
