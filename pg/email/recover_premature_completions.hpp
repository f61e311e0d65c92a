#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// `completed` with unfinished threads: back to thread_sync, logged. Answers which; there should be
/// none.
struct recover_premature_completions {
  static constexpr const char* name = "recover_premature_completions";

  std::vector<config_id> run(connection& conn) const;
};

} // namespace nova::pg
