#pragma once

#include "nylas/price_list.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a call of the Nylas API v3 looks like, and what its answer means. Pure functions, no I/O.
namespace nova::nylas {

/// Where the API is and how it is called. `key` is a secret: never logged, never in an actor
/// message.
struct api_settings {
  std::string uri = "https://api.us.nylas.com"; // NYLAS_API_URI, trailing slashes are cut
  std::string key;                              // NYLAS_API_KEY
};

/// A GET, relative to `api_settings::uri`: no secret in it, so it may be logged and travel.
struct api_request {
  /// Path and query, percent-encoded segment by segment.
  std::string target;
  std::chrono::milliseconds timeout{90'000};
  /// A larger answer is cut off and classified as bad_item.
  size_t body_max = size_t{64} << 20;
  /// Whether a good answer is JSON; else it is bytes of any kind.
  bool json = true;
  /// What the provider may bill for it: so many of these, as far as the call itself tells.
  billed_call billed = billed_call::other;
  int objects = 1;
  /// Further header lines, `Name: value`; for tests and tools.
  std::vector<std::string> headers;
};

/// RFC 3986: everything but unreserved characters is encoded.
std::string percent_encode(std::string_view text);

struct thread_query {
  std::string grant_id{};
  std::string page_token{};
  /// Seconds; both optional. Latest message after / before.
  std::optional<int64_t> latest_message_after{}, latest_message_before{};
  int limit = 50;
};
/// Uses `select` to leave out `latest_draft_or_message`, which holds whole bodies. This and what
/// follows throws `base::broken_promise` for an empty id.
api_request list_threads(const thread_query& query);

struct message_query {
  std::string grant_id{};
  std::string page_token{};
  std::string thread_id{};                                    // optional
  std::optional<int64_t> received_after{}, received_before{}; // seconds
  std::string select{};                                       // optional, comma separated
  /// Asks the IMAP server itself, for one folder: mail beyond the 90 days that Nylas keeps.
  std::string imap_folder{};
  int limit = 200;
  std::string provider{}; // see `moves_change_ids`; of whole messages only
};
/// Whether Nylas reads this provider by IMAP: ids are then Message-IDs (support article
/// 19334630661021), and it keeps 90 days of mail (provider guide to IMAP).
[[nodiscard]] bool is_imap(std::string_view provider);
/// Whether a message of this provider gets another id when it is moved: Graph's ids and those of
/// EWS belong to a folder. Of such a message the header Message-ID is asked for, which stays
/// (`fields=include_basic_headers`, Nylas' changelog of 2026-05-20); of others nothing more is
/// asked than before.
[[nodiscard]] bool moves_change_ids(std::string_view provider);
api_request list_messages(const message_query& query);
api_request get_message(std::string_view grant_id, std::string_view message_id,
                        std::string_view provider = {});
api_request list_folders(std::string_view grant_id, std::string_view page_token);
/// Its bytes, which are refused as `bad_item` when there are more.
api_request download_attachment(std::string_view grant_id, std::string_view message_id,
                                std::string_view attachment_id, size_t bytes_max);
api_request get_grant(std::string_view grant_id);
api_request list_grants(int limit, int offset);
/// The webhook endpoints of the application.
api_request list_webhooks(std::string_view page_token);
/// The cheapest call that shows whether what `target` asks for could be had of its mailbox: the id
/// of one thread or message.
api_request probe_mailbox(std::string_view grant_id, std::string_view target = {});

/// What came back. `status` 0: no answer, and `failure` says why (time-out, reset, refused, too
/// large).
struct api_response {
  int status = 0;
  std::string body;
  std::string failure;
  std::string request_id;               // x-request-id
  std::string retry_after;              // raw header
  std::optional<int> gmail_quota_usage; // Nylas-Gmail-Quota-Usage
  std::optional<int> provider_requests; // Nylas-Provider-Request-Count
  bool too_large = false;
  /// Keeps the body counted against the node's budget (`answer_budget`): hold it as long as what
  /// was in the body is worked on.
  std::shared_ptr<const void> share;
};

/// What the caller should do, by HTTP status. The body decides only where a status means two
/// things: quota words in 403 and 503; a 404 that is the mailbox' or the grant's
/// (`MailboxNotEnabledForRESTAPI`, `grant.not_found`), or that is not Nylas' own; an invalid key
/// under 400; and a page (HTML), which a proxy or a captive portal wrote, whatever its status.
///
/// It does not say whose fault a failure is. That takes another call: see
/// actors/provider_watch.hpp.
enum class verdict {
  ok,
  throttle,  // 429; 403 with quota words; 503 with such words or Retry-After (EWS): pace down, no
             // attempt used
  transient, // 5xx, time-out, reset, redirect, 407, a page, a 2xx without data: attempt + 1
  auth,      // 401, 403 scope, 423, mailbox or grant not there: the grant pauses
  gone,      // 404 of the object
  stale_cursor, // 400 on a request with page_token
  bad_item,     // 400, parse error, too large
};
std::string to_string(verdict);
[[nodiscard]] verdict classify(const api_request& request, const api_response& response);

/// Seconds or an HTTP date against `now`; nothing when absent, zero, in the past or absurd (more
/// than a day). At most one hour.
std::optional<std::chrono::milliseconds>
parse_retry_after(std::string_view header, std::chrono::system_clock::time_point now);

/// How long the answer asks to wait: its `Retry-After`, else the time that Gmail writes into its
/// text ("Retry after 2026-01-08T09:26:53.594Z"), within the same bounds.
std::optional<std::chrono::milliseconds>
find_retry_after(const api_response& response, std::chrono::system_clock::time_point now);

/// The same as of now, or `otherwise` when it asks for nothing.
std::chrono::milliseconds retry_after(const api_response& response,
                                      std::chrono::milliseconds otherwise);

/// For a log and a row: `HTTP 429 rate_limit_error: Too many…`, one line, bounded.
std::string describe(const api_response& response);

} // namespace nova::nylas
