#pragma once

#include "pg/jobs/set_alert_channel.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

struct listed_channel {
  alert_channel channel;
  bool enabled = true;
  std::string trouble = {}; // why it, or one of its recipients, stands still
  std::string set_by = {};
  int64_t set_at = 0; // seconds since 1970
};

/// By name.
struct list_alert_channels {
  static constexpr const char* name = "list_alert_channels";

  std::vector<listed_channel> run(connection& conn) const;
};

} // namespace nova::pg
