#pragma once

#include "messages/backfill.hpp"
#include "nylas/api.hpp"
#include "nylas/parse.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// How the mail of a window is found. A window is listed page by page; its cursor is the
/// checkpoint, which a node of either strategy understands.
namespace nova {

enum class discovery_strategy : uint8_t {
  /// Lists threads; each is left to a `thread_sync`.
  threads,
  /// Lists messages and stores them, then threads: of those that the listing shows to be stored
  /// whole nothing is left to do. Many times fewer calls.
  messages,
};

/// What is listed at one place of a window.
enum class listed_kind : uint8_t { threads, messages };
listed_kind kind_at(discovery_strategy strategy, const std::string& cursor);

/// The call for the page at the window's cursor.
nylas::api_request page_request(discovery_strategy strategy, const grant_id& grant,
                                const backfill_window& window, int limit);

struct discovered_page {
  std::vector<nylas::message> messages;                 // to be stored before the checkpoint
  std::vector<listed_thread> threads;                   // to be recorded with it
  std::vector<std::vector<message_id>> thread_messages; // of each of `threads`
  std::vector<std::string> rejected;                    // what could not be read, and why
  std::string next_cursor; // the window's next checkpoint; empty: it is at its end
};
/// Reads the answer to that call.
nylas::parsed<discovered_page> read_page(discovery_strategy strategy, const backfill_window& window,
                                         std::string&& body);

} // namespace nova
