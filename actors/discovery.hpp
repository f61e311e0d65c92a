#pragma once

#include "mail/threads.hpp"
#include "mail/windows.hpp"
#include "nylas/api.hpp"
#include "nylas/parse.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// How the mail of a window is found: what is listed, in which order, and what a window's cursor
/// says about it. Pure functions.
namespace nova {

enum class discovery_strategy : uint8_t {
  /// Lists messages and stores them, then threads: of those that are stored whole by then nothing
  /// is left to do. The fewest calls.
  messages,
  /// Lists threads, each of which is left to a `thread_sync`, then the ids of all messages, in case
  /// that a list of threads did not name one.
  threads,
};

/// What is listed at one place of a window.
enum class listing_step : uint8_t {
  messages, // whole, to be stored
  folders,  // messages beyond the provider's cache, folder by folder
  threads,
  check, // ids of messages, to be compared with what is stored
};

/// A place in a window, which its cursor says.
struct listing_place {
  listing_step step = listing_step::messages;
  bool check = false;     // after this step the ids of all messages are compared
  std::string folder;     // in the step `folders`; empty: before the first
  std::string page_token; // empty: at the beginning of the step
};

/// The place that the cursor of a window says: its beginning when it is empty or not understood.
listing_place read_cursor(discovery_strategy strategy, const std::string& cursor);
std::string to_cursor(const listing_place& place);

/// What a window is, as far as the order of its steps depends on it.
struct window_kind {
  discovery_strategy strategy = discovery_strategy::messages;
  std::string provider;
  bool beyond_cache = false; // see `reaches_beyond_cache`
};

/// Whether threads are listed: where each one is billed as much as two messages, not beside
/// messages. Google's threads are known by their messages, and one has the id of its first message,
/// so that the database finds those that began before the range (nova.finish_discovery).
[[nodiscard]] bool lists_threads(const window_kind& kind);

/// Messages a page at most: where each is billed, a page is no more than half a minute of what the
/// provider allows.
[[nodiscard]] int messages_page_max(const std::string& provider);

/// The place after a step's last page; nothing: the window is at its end. `folders` are sorted.
std::string cursor_after(const window_kind& kind, const listing_place& place,
                         const std::vector<std::string>& folders);

/// The folder at which listing goes on; empty: none is left.
std::string folder_at(const listing_place& place, const std::vector<std::string>& folders);

/// Nylas keeps 90 days of IMAP, Yahoo and iCloud mail; what is older is listed only with
/// `query_imap`, folder by folder (provider guide to IMAP). Since when a list has all mail, with a
/// margin of a week; none: always. Seconds.
std::optional<int64_t> cached_since(const std::string& provider, int64_t now);
bool reaches_beyond_cache(const std::string& provider, const backfill_window& window, int64_t now);

/// Windows are listed in two legs, each by an actor of its own: the mail of all windows comes
/// before the first threads, because the more is stored, the more threads are whole.
bool of_first_leg(listing_step step);

/// A mailbox, as it is called.
struct listed_mailbox {
  grant_id grant;
  std::string provider;
};

/// The call for the page at that place. `limit` is the caller's.
nylas::api_request page_request(const listed_mailbox& mailbox, const backfill_window& window,
                                const listing_place& place, int limit);
/// Messages that no thread has are not found by ids: the page is read once more, whole.
nylas::api_request whole_page_request(const listed_mailbox& mailbox, const backfill_window& window,
                                      const listing_place& place, int limit);

struct discovered_page {
  std::vector<email_message> messages; // to be stored before the checkpoint
  std::vector<listed_thread> threads;  // to be recorded with it
  std::vector<email_reject> rejected;  // what could not be read, and why
  std::vector<uint64_t> keys;          // one for each thing that was listed, to know it again
  bool threadless = false;             // `check` only: it shows messages of no thread
  std::string page_token;              // of the next page; empty: the step is at its end
};
/// Reads the answer to `page_request`.
nylas::parsed<discovered_page> read_page(listing_step step, std::string&& body);
/// Reads the answer to `whole_page_request`: those of no thread.
nylas::parsed<std::vector<email_message>> read_threadless(std::string&& body);

} // namespace nova
