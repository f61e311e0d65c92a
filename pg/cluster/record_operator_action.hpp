#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// Who acts, with which rights, through what: a person's name or a token's, `view`, `operate` or
/// `admin`, and the door, such as `socket`, `pg` or `command`; the node that was asked, if one was.
struct operator_identity {
  std::string who, role, via, node;
};

/// What an operator did, or tried to.
struct operator_action : operator_identity {
  std::string action = {}, target = {};
  std::string arguments = "{}"; // JSON
  std::string reason = {}, outcome = {};
};

/// Writes a line of the audit log.
struct record_operator_action {
  static constexpr const char* name = "record_operator_action";

  operator_action line;

  void run(connection& conn) const;
};

} // namespace nova::pg
