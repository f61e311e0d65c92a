#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::pg {

struct transport_row {
  std::string name, type, config;
  bool enabled = false, paused = false;
  int32_t running_max = 0; // 0: no limit
  int32_t attempts_max = 0;
  /// Of brokers only. Nodes that know it, messages that it has as far as they know, messages that
  /// wait to be sent to it, and since when the first of them does (seconds since 1970); why it
  /// cannot be used, empty when it can.
  std::optional<int32_t> workers = {};
  std::optional<int64_t> depth = {}, outbox = {};
  std::optional<int64_t> outbox_since = {};
  std::string error = {};
};

/// Those that differ from the default.
struct messenger_transports {
  static constexpr const char* name = "messenger_transports";

  std::vector<transport_row> run(connection& conn) const;
};

} // namespace nova::pg
