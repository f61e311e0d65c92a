#pragma once

#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <cstdint>

namespace nova::pg {

struct completion_proof {
  uint64_t completions = 0;
  bool statistics_right = false;

  [[nodiscard]] bool once() const {
    return completions == 1 && statistics_right;
  }
};

/// Was a backfill completed, and how often; do its statistics say what its rows say?
struct prove_completion {
  static constexpr const char* name = "prove_completion";

  config_id config;

  completion_proof run(connection& conn) const;
};

} // namespace nova::pg
