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
  uint64_t threads = 0;  // of those that are stored
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
  /// Told in a sentence what is waited for, on another thread, while the caller waits; may be
  /// empty.
  std::function<void(const std::string&)> waiting = {};
  /// False: attachments are not kept, so they are not compared.
  bool attachments_listed = true;
};

/// Asks the certifier by hand: hosts the actors that list the mailbox, or some days of it, page by
/// page, compare each message with its row, field by field, and each attachment, and each row with
/// the list, and write the certificates of the days (actors/comparison_by_hand.hpp,
/// docs/certificates.md). What arrives or changes meanwhile is no difference. Calls are made one
/// after the other, beside the pace of the nodes, and whatever the inbox's row says: a pause is for
/// the nodes, not for who looks.
///
/// Blocks: as long as the provider throttles it, where something differs ten seconds while a node
/// runs, and with `repair` for more than a minute when something is extra. `conn` is left alone
/// meanwhile; the actors have a connection of their own, as `conn` has it. Throws
/// `std::runtime_error` when the API does not answer or refuses, and `pg::error` when the database
/// does not; then no certificate changes.
verification verify_mailbox(pg::connection& conn, const nylas::api_settings& api,
                            const verification_scope& scope);

} // namespace nova::app
