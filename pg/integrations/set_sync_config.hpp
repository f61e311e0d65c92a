#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nova::pg {

/// Changes of a configuration what is given; an empty cron or interval takes it away. Answers
/// whether there is one.
struct set_sync_config {
  static constexpr const char* name = "set_sync_config";

  std::string config;
  std::optional<std::string> mode = {}, incremental_key = {}, watermark_type = {};
  std::optional<std::string> settings = {}; // JSON, merged into the old; null takes one away
  std::optional<std::string> cron = {}, timezone = {}, every = {};
  std::optional<int64_t> max_retries = {};
  std::optional<std::string> retry_base = {}, retry_max = {};
  std::optional<std::string> secret_name = {}, integration_settings = {}; // of its integration

  bool run(connection& conn) const;
};

} // namespace nova::pg
