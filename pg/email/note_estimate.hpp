#pragma once

#include "mail/ids.hpp"
#include "mail/time_left.hpp"
#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::pg {

/// What a look at a running backfill came to, for whoever asks how far it is. The percentage that
/// is shown never falls.
struct note_estimate {
  static constexpr const char* name = "note_estimate";

  config_id config;
  double share = 0;                                // of the work, that is done
  std::optional<time_left> left = {};              // nothing: not known
  std::optional<std::chrono::seconds> usable = {}; // until the newest mail is there; 0: it is
  std::string binds = {};
  uint64_t messages = 0;          // expected in the whole range
  std::vector<double> trace = {}; // as `work_trace` keeps it

  void run(connection& conn) const;
};

} // namespace nova::pg
