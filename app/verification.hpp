#pragma once

#include "mail/day_range.hpp"
#include "mail/ids.hpp"
#include "nylas/api.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace nova::app {

/// What was compared, and what was not equal. `differences` holds at most twenty of a kind; the
/// counts are whole.
struct verification {
  uint64_t messages = 0; // of the provider, that could be read
  uint64_t threads = 0;
  uint64_t missing = 0;
  uint64_t stale = 0;
  uint64_t extra = 0;         // in the database alone
  uint64_t unreadable = 0;    // of the provider's; with `repair` they are kept
  uint64_t unlisted = 0;      // of days that the provider does not list
  uint64_t in_flight = 0;     // changed while they were compared, so on neither side
  uint64_t threads_wrong = 0; // aggregates that are not their messages'
  uint64_t repaired = 0;      // of those that were missing or stale
  uint64_t deleted = 0;       // extra ones that two 404s made tombstones
  uint64_t unresolved = 0;    // extra ones that were not decided in time
  uint64_t api_calls = 0;
  std::vector<std::string> differences;

  [[nodiscard]] bool equal() const {
    return missing == 0 && stale == 0 && extra == 0 && unreadable == 0 && threads_wrong == 0;
  }
};

struct verification_scope {
  inbox_id inbox;
  std::string grant_id;
  std::string provider; // what of its mail is listed depends on it
  /// Who compares, for the certificates.
  std::string by;
  /// Stores what is missing or stale, as it was listed, and asks for what the database alone has
  /// until two 404s, a minute apart, made it a tombstone.
  bool repair = false;
  /// Without bounds the whole mailbox, mail without a date too.
  day_range days;
  /// Told how many messages were compared so far; may be empty.
  std::function<void(uint64_t)> progress;
  /// Told how many messages wait for their second 404; may be empty.
  std::function<void(uint64_t)> waiting;
  /// False: attachments are not kept, so they are not compared.
  bool attachments_listed = true;
};

/// Lists the mailbox, or some days of it, through the API, page by page, compares each message with
/// its row, field by field, and each attachment, and each row with the list, and writes the
/// certificates of the days (docs/certificates.md). What arrives or changes meanwhile is no
/// difference. Blocks: where something differs, up to ten seconds for what may be on its way, and
/// with `repair` for more than a minute when something is extra. Throws `std::runtime_error` when
/// the API does not answer and `pg::error` when the database does not; then no certificate changes.
verification verify_mailbox(pg::connection& conn, const nylas::api_settings& api,
                            const verification_scope& scope);

} // namespace nova::app
