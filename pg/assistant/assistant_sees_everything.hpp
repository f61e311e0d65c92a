#pragma once

#include "pg/connection.hpp"

namespace nova::pg {

/// Answers false when row-level security leaves rows out for this role, so that a report would be
/// wrong without a word.
struct assistant_sees_everything {
  static constexpr const char* name = "assistant_sees_everything";

  bool run(connection& conn) const;
};

} // namespace nova::pg
