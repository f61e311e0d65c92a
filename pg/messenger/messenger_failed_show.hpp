#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nova::pg {

/// A failed message whole. `headers`, `body` and `history` are JSON text.
struct failed_message {
  int64_t message_id = 0;
  std::string transport, queue, type, tenant, worker, error_class, error, fingerprint;
  int32_t attempts = 0, deliveries = 0;
  int64_t sent_at = 0, failed_at = 0, retried_at = 0, retried_as = 0;
  std::string retried_by, headers, body, history;
};

/// Nothing when there is none.
struct messenger_failed_show {
  static constexpr const char* name = "messenger_failed_show";

  std::string id;

  std::optional<failed_message> run(connection& conn) const;
};

} // namespace nova::pg
