#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// What an operator did, or tried to.
struct operator_action {
  std::string who, role, via, action, target;
  std::string arguments = "{}"; // JSON
  std::string reason, outcome, node;
};

/// Writes a line of the audit log.
struct record_operator_action {
  static constexpr const char* name = "record_operator_action";

  operator_action line;

  void run(connection& conn) const;
};

} // namespace nova::pg
