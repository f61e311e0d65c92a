#pragma once

#include "nylas/api.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace nova::app {

/// What was compared, and what was not equal. `differences` holds at most twenty; the counts are
/// whole.
struct verification {
  uint64_t messages = 0; // of the provider
  uint64_t threads = 0;
  uint64_t missing = 0;
  uint64_t stale = 0;
  uint64_t extra = 0;         // in the database alone
  uint64_t threads_wrong = 0; // aggregates that are not their messages'
  uint64_t repaired = 0;      // of those that were missing or stale
  uint64_t api_calls = 0;
  std::vector<std::string> differences;

  [[nodiscard]] bool equal() const {
    return missing == 0 && stale == 0 && extra == 0 && threads_wrong == 0;
  }
};

struct verification_scope {
  std::string inbox_id;
  std::string grant_id;
  /// Stores what is missing or stale, as it was listed.
  bool repair = false;
  /// Told how many messages were compared so far; may be empty.
  std::function<void(uint64_t)> progress;
};

/// Lists the whole mailbox through the API, page by page, and compares each message with its row,
/// field by field, and each attachment; then counts what the database has beyond it. Blocks. Throws
/// `std::runtime_error` when the API does not answer and `pg::error` when the database does not.
verification verify_mailbox(pg::connection& conn, const nylas::api_settings& api,
                            const verification_scope& scope);

} // namespace nova::app
