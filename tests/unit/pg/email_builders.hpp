#pragma once

#include "mail/windows.hpp"
#include "nylas/model.hpp"
#include "pg/email/store_messages.hpp"
#include "tests/support/database_fixture.hpp"

#include <deque>
#include <limits>
#include <string>
#include <vector>

namespace nova::test {

/// The lo of a notification: only its arrival is known.
inline constexpr int64_t open_below = std::numeric_limits<int64_t>::min();

/// One observation of a message, with defaults for what a case does not care about.
struct observation {
  std::string id = "m1";
  std::string thread = "t1";
  /// Content and hash: two observations are equal when these are.
  std::string content = "A";
  int64_t lo = 10, hi = 20;
  uint32_t carried = carries_all;
  int64_t date = 1'700'000'000;
  bool unread = false, starred = false;
  std::string from = R"([{"email":"ann@example.com","name":"Ann"}])";
  std::string to = "[]", cc = "[]", bcc = "[]", reply_to = "[]";
  std::string attachments = "[]";
  std::string folders = R"(["INBOX"])";
  std::string metadata = "{}";
  /// Of attachments, bcc and reply_to; empty: not carried.
  std::string extra = "x";
  std::string origin = "backfill";
  std::string notes{};
  /// Empty: from the content.
  std::string subject{};
  /// Its header Message-ID; empty: the answer has none.
  std::string rfc822{};
};

/// Columns that own their texts.
class message_batch {
public:
  explicit message_batch(std::string inbox) : inbox_(std::move(inbox)) {}

  void add(const observation& seen);

  [[nodiscard]] const pg::message_columns& columns() const {
    return columns_;
  }

private:
  std::string_view own(std::string text) {
    return texts_.emplace_back(std::move(text));
  }

  std::string inbox_;
  std::deque<std::string> texts_;
  pg::message_columns columns_;
};

/// A migrated database with one inbox.
struct email_fixture : database_fixture {
  email_fixture();

  pg::store_counts store(const std::vector<observation>& seen);
  /// The only row and column of any query.
  std::string value(const std::string& sql);
  /// A backfill in `discovering`, and the newest of its windows.
  /// One window in the past, so that no pass follows it.
  std::string discovering_backfill();
  /// The newest window that is not listed, claimed.
  backfill_window claimed_window(const std::string& config);
  /// One in `thread_sync` with these threads, queued.
  std::string backfill_with(const std::vector<std::string>& threads);
  /// PREFIX0, PREFIX1, …
  static std::vector<std::string> numbered(const std::string& prefix, size_t count);

  std::string inbox;
};

} // namespace nova::test
