#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::pg {

/// What became of messages, each at one place of the arrays. Answers for each accepted, stale or
/// gone.
struct end_alert_deliveries {
  static constexpr const char* name = "end_alert_deliveries";

  std::vector<int64_t> ids = {}, tokens = {};
  std::vector<std::string> verdicts = {}; // sent, retry, later, failed, refused or stopped
  std::vector<std::string> error_classes = {}, errors = {};
  std::vector<int64_t> waits_ms = {}; // until the next attempt
  std::optional<int64_t> now = {};    // microseconds since 1970; nothing: the database's clock

  std::vector<std::string> run(connection& conn) const;
};

} // namespace nova::pg
