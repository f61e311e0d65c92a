#pragma once

#include "mail/threads.hpp"
#include "mail/windows.hpp"
#include "pg/connection.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// What pages said of one UTC day.
struct listed_day {
  int64_t start = 0; // its first second
  int64_t listed = 0;
  std::array<uint8_t, 32> ids{};     // SHA-256 of each id, combined by exclusive or
  std::array<uint8_t, 32> content{}; // of that and the message's two hashes, likewise
};

/// What pages of a window's list of messages said of its days.
struct listed_window {
  bool counted = false; // messages were listed
  bool spoiled = false; // but not all that the provider said could be counted
  std::vector<listed_day> days{};
};

/// What pages showed and what they cost, for who tells how far the backfill is.
struct listed_work {
  uint64_t messages = 0;
  uint64_t threads = 0;
  uint64_t threads_seen = 0;  // different ones among the messages
  int64_t reached = 0;        // all mail from then on is listed, seconds; 0: not known
  bool messages_done = false; // of the window
  double messages_cost = 0;   // as the provider bills, else milliseconds of calls
  double threads_cost = 0;
};

/// The page is durable and its threads can run.
struct page_recorded {
  uint32_t to_sync = 0;        // threads that need a `thread_sync`
  bool discovery_done = false; // this was the last page of the last window
  bool running = true;         // false: an operator has paused the backfill
};

/// Pages that were read in a row: threads, the window's checkpoint and, at the end, the next pass
/// or `discovery_done` and thread_sync, in one statement. A thread whose messages are all stored is
/// completed at once.
/// NV009 when the window is another's or not at this page, NV008 when the backfill was cancelled.
/// Notifies `nova_threads`.
struct record_page {
  static constexpr const char* name = "record_page";

  config_id config;
  backfill_window window;             // its cursor is where the first page began
  std::vector<listed_thread> threads; // at most 200
  bool check = false;                 // only of messages that are not stored; completes nothing
  std::string next_cursor = {};       // empty: the window is at its end
  uint32_t pages = 1;
  listed_work listed = {};
  listed_window days = {}; // what they add to what the window listed so far

  page_recorded run(connection& conn) const;
};

} // namespace nova::pg
