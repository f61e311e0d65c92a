#pragma once

#include "mail/mailbox_survey.hpp"

#include <cstdint>
#include <vector>

namespace nova {

/// A window of a backfill's range as far as it was listed (`public.backfill_windows`).
struct window_work {
  int64_t start = 0; // seconds since 1970
  int64_t end = 0;   // exclusive
  bool begun = false;
  bool messages_done = false; // its mail is stored; its threads may be listed still
  bool done = false;          // all of it
  uint64_t messages = 0;      // listed so far
  uint64_t threads = 0;       // likewise
  uint64_t threads_seen = 0;  // different ones among its messages
  uint64_t to_sync = 0;       // of its threads, those that a list did not complete
  int64_t reached = 0;      // all mail from then on is listed; 0: not known, its list has no order
  double messages_cost = 0; // of listing, by the provider's units or else by milliseconds
  double threads_cost = 0;
};

/// All of a backfill that says what is left to do.
struct backfill_work {
  int64_t start = 0; // of its range, seconds since 1970
  int64_t end = 0;
  std::vector<window_work> windows; // of its range, sorted by time
  std::vector<mail_sample> survey;  // may be empty
  uint64_t threads_open = 0;        // found, neither completed nor failed
  bool threads_listed = true;       // beside messages; else only what messages show is known
};

/// What is done and what is left, in messages' worth: as long as it takes to list one message.
struct work_left {
  double done = 0;
  double left = 0;
  double left_error = 0;  // relative standard deviation of `left`
  double usable_left = 0; // until the mail of the newest thirty days is stored
  double messages = 0;    // expected in the whole range
};

/// Days at the end of a range after which a mailbox is usable.
constexpr int64_t usable_days = 30;

/// What of a window is not listed is expected to be as dense as what is known of the time around
/// it: listed windows and the survey. A thread costs what threads have cost against messages so
/// far, else two messages.
[[nodiscard]] work_left weigh(const backfill_work& work);

} // namespace nova
