#pragma once

#include "base/bad_input.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nova::simulator {

/// Whose habits a mailbox has: forms of ids, folders, order of lists, limits.
enum class provider { google, microsoft, imap, nylas };
std::string to_string(provider);
tl::expected<provider, base::bad_input> parse_provider(std::string_view text);

/// What a mailbox holds. It is computed from the seed whenever it is asked for: memory does not
/// grow with its size.
struct mailbox_options {
  uint64_t threads = 100;
  /// 0: drawn for each thread, 1 to 60, about 4 in the mean.
  uint32_t messages_per_thread = 0;
  /// Mean size of a body; each is between half and one and a half of it.
  size_t body_bytes = 4096;
  /// Date of the newest message; none: one minute before the simulator starts.
  std::optional<std::chrono::sys_seconds> newest;
  /// From the newest thread to the oldest, by their latest message. A thread itself lasts at most
  /// three days, so that by default all mail is within a year.
  std::chrono::seconds span = std::chrono::days{360};
  /// Share of messages that have attachments.
  double attachment_rate = 0.1;
  /// Share of ids with characters that must be encoded in a path. Ids of IMAP always have some.
  double awkward_id_rate = 0.02;
  /// Share of messages whose text needs escapes in JSON and more than one byte a character.
  double awkward_text_rate = 0.02;
};

/// How a mailbox makes it hard to see all of it; may be changed while it runs
/// (`PUT /sim/grants/{g}/habits`).
struct grant_habits {
  /// A cursor is the number of objects before its page: mail that goes, or leaves what the list
  /// asks for, while it is paged makes the next page skip as much. Lists are newest first then.
  bool offset_cursors = false;
  /// A message that is moved to another folder gets another id, and the old one is gone. None: as
  /// its provider does, which is true for Microsoft only.
  std::optional<bool> move_changes_id;
  /// A message in several folders stands in lists of messages once for each, with that folder: as
  /// where ids are Message-IDs and a copy in Sent and one that came back have the same.
  bool lists_each_folder = false;
};

struct grant_options {
  /// Empty: a UUID that depends on the seed and the place in the list.
  std::string id;
  /// Empty: `owner<place>@example.com`.
  std::string email;
  simulator::provider provider = simulator::provider::google;
  mailbox_options mailbox;
  grant_habits habits = {};
};

/// What may be changed while it runs (`PUT /sim/settings`).
struct settings {
  /// Compresses answers of 200 bytes and more for clients that accept gzip.
  bool gzip = true;
  /// Before the first byte of each answer.
  std::chrono::milliseconds latency{0};
  /// Enforces Nylas's and the providers' limits; the headers that report usage are always sent.
  bool rate_limits = false;
  /// Prices in Gmail units (Google's table since May 2026): of a list, of each message or
  /// attachment that is got for it, of each thread, and of folders. Nylas gets every object of a
  /// list.
  int units_list = 5;
  int units_object = 20;
  int units_thread = 40;
  int units_folder = 1;
  /// `after` and `before` also match the very second. Nylas does not say which.
  bool inclusive_windows = false;
  /// A limit out of range is cut instead of refused with 400. Nylas does not say which.
  bool clamp_limits = false;
  int threads_page_max = 50;
  int messages_page_max = 200;
  /// Lists of Google mailboxes are not newest first.
  bool google_disorder = true;
  /// A cursor is refused when it is older.
  std::chrono::seconds cursor_lifetime = std::chrono::hours{24};
  /// Mail of IMAP mailboxes older than this is in no list unless `query_imap` is set, which lists
  /// one folder: Nylas keeps 90 days of it. 0: all is listed.
  std::chrono::seconds imap_horizon = std::chrono::days{90};
  /// Webhooks are told of changes to mail beyond that horizon too; Nylas sees nothing of them.
  bool imap_tells_old = false;
  /// A message that came, or got another id, less than this ago is 404 and in no list of messages,
  /// while its thread names it.
  std::chrono::milliseconds index_lag{0};
  /// Names of fields, with commas, that no message and no thread has in any answer, as when the
  /// owner of the application has chosen what is sent.
  std::string fields_left_out;
  /// Share of webhook events that never come, with or without a live run; `deliveries::lost` knows
  /// which.
  double webhooks_lost = 0;
};

struct webhook_options {
  /// Multiplies the pauses between attempts and the spans of `failing` and `failed`; 1 is what
  /// Nylas does.
  double time_scale = 1.0;
  std::chrono::milliseconds timeout{10'000};
  int attempts = 3;
  /// POSTs under way at once to one destination.
  int concurrency = 16;
  /// Events that wait for delivery; beyond it new ones are dropped and counted.
  size_t waiting_max = 100'000;
};

struct options {
  std::string host = "127.0.0.1";
  /// 0: any free one.
  uint16_t port = 0;
  /// Empty: one that depends on the seed. Not a secret of anyone, yet never logged.
  std::string api_key;
  uint64_t seed = 1;
  std::vector<grant_options> grants = {grant_options{}};
  simulator::settings settings;
  webhook_options webhooks;
  /// A fault script (docs/simulator.md); empty: none.
  std::string faults;
  /// Threads that answer requests.
  int server_threads = 1;
};

/// Says which option is wrong and what is accepted. The constructor of `simulator` throws
/// `std::invalid_argument` with the same text.
tl::expected<void, base::bad_input> validate(const options& options);

} // namespace nova::simulator
