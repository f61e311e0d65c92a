#include "nylas/api.hpp"

#include "base/clock.hpp"
#include "base/ensure.hpp"
#include "nylas/parse.hpp"
#include "nylas/time_text.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace nova::nylas {

namespace {

constexpr size_t description_max = 300; // characters
constexpr int usual_thread = 4;         // messages
constexpr int usual_folders = 20;

// A permit of a grant lapses after three minutes.
constexpr std::chrono::seconds download_timeout{150};

/// `/v3/grants/GRANT/COLLECTION` and, when there is one, `/ID`.
std::string path_of(std::string_view grant_id, std::string_view collection,
                    std::string_view id = {}) {
  // An empty segment would turn the call into another one: a message into the list of all.
  base::ensure(!grant_id.empty(), "a call names its grant");
  std::string path = "/v3/grants/" + percent_encode(grant_id);
  path.append("/").append(collection);
  if (!id.empty())
    path.append("/").append(percent_encode(id));
  return path;
}

/// Builds `?a=b&c=d`, leaving out what is empty.
class query_string {
public:
  explicit query_string(std::string path) : text_(std::move(path)) {}

  query_string& add(std::string_view name, std::string_view value) {
    if (value.empty())
      return *this;
    text_.append(first_ ? "?" : "&").append(name).append("=").append(percent_encode(value));
    first_ = false;
    return *this;
  }

  query_string& add(std::string_view name, std::optional<int64_t> value) {
    return value ? add(name, std::to_string(*value)) : *this;
  }

  [[nodiscard]] api_request request(billed_call billed = billed_call::other, int objects = 1) {
    api_request built;
    built.target = std::move(text_);
    built.billed = billed;
    built.objects = objects;
    return built;
  }

private:
  std::string text_;
  bool first_ = true;
};

std::string_view wanted_fields(std::string_view provider) {
  return moves_change_ids(provider) ? "include_basic_headers" : "";
}

/// What a list of messages has: as many as it may, but a thread has few.
int objects_of(const message_query& query) {
  return query.thread_id.empty() ? query.limit : std::min(query.limit, usual_thread);
}

/// Where a word begins, whatever its case.
size_t find_word(std::string_view text, std::string_view lower_case_word) {
  auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; };
  auto found =
    std::search(text.begin(), text.end(), lower_case_word.begin(), lower_case_word.end(), same);
  return found == text.end() ? std::string_view::npos : static_cast<size_t>(found - text.begin());
}

/// Providers say in words that a 403 or a 503 is about the rate, not about rights or a fault.
bool speaks_of_quota(std::string_view body) {
  constexpr std::array<std::string_view, 8> words{"quota",      "rate limit", "ratelimit",
                                                  "rate_limit", "too many",   "throttl",
                                                  "limit exce", "serverbusy"};
  auto start = body.substr(0, 4096);
  return std::any_of(words.begin(), words.end(),
                     [&](auto word) { return find_word(start, word) != std::string_view::npos; });
}

bool looks_like_json(std::string_view body) {
  constexpr std::string_view blank = " \t\r\n";
  auto first = body.find_first_not_of(blank);
  return first != std::string_view::npos && body[first] == '{'
         && body[body.find_last_not_of(blank)] == '}';
}

/// HTML: what stands between here and the API answered in its place.
bool is_a_page(std::string_view body) {
  auto first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && body[first] == '<';
}

/// Every good answer of the API has it; another service may answer 200 as well.
bool has_data(std::string_view body) {
  return looks_like_json(body) && body.find("\"data\"") != std::string_view::npos;
}

/// True for `/v3/grants/ID` itself: there "grant not found" is an answer, elsewhere it is a fault
/// of the grant.
bool asks_for_grant(std::string_view target) {
  constexpr std::string_view grants = "/v3/grants/";
  return target.starts_with(grants) && target.find('/', grants.size()) == std::string_view::npos;
}

verdict classify_not_found(const api_request& request, const api_response& response) {
  auto error = parse_error(response.body);
  // A proxy or a wrong address answers 404 too; only Nylas' envelope says that the object is gone.
  if (error.type.empty())
    return verdict::transient;
  if (response.body.find("MailboxNotEnabledForRESTAPI") != std::string::npos)
    return verdict::auth;
  if (error.type == "grant.not_found" && !asks_for_grant(request.target))
    return verdict::auth;
  return verdict::gone;
}

verdict classify_bad_request(const api_request& request, const api_response& response) {
  // Nylas lists "Invalid API key" under 400 as well.
  if (parse_error(response.body).type.starts_with("token."))
    return verdict::auth;
  auto paged = request.target.find("?page_token=") != std::string::npos
               || request.target.find("&page_token=") != std::string::npos;
  return paged ? verdict::stale_cursor : verdict::bad_item;
}

std::optional<std::chrono::milliseconds> bounded_wait(int64_t seconds) {
  constexpr std::chrono::seconds absurd = std::chrono::hours{24};
  constexpr std::chrono::milliseconds longest = std::chrono::hours{1};
  if (seconds <= 0 || seconds > absurd.count())
    return {};
  return std::min<std::chrono::milliseconds>(std::chrono::seconds{seconds}, longest);
}

} // namespace

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view marks = "-._~";
  std::string encoded;
  encoded.reserve(text.size() + 16);
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    auto unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                      || marks.find(c) != std::string_view::npos;
    if (unreserved)
      encoded += c;
    else
      encoded.append(1, '%').append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
  }
  return encoded;
}

api_request list_threads(const thread_query& query) {
  return query_string{path_of(query.grant_id, "threads")}
    .add("limit", query.limit)
    .add("select", "id,grant_id,object,subject,snippet,message_ids,earliest_message_date,"
                   "latest_message_received_date,latest_message_sent_date")
    .add("latest_message_after", query.latest_message_after)
    .add("latest_message_before", query.latest_message_before)
    .add("page_token", query.page_token)
    .request(billed_call::threads, query.limit);
}

bool is_imap(std::string_view provider) {
  return provider == "imap" || provider == "yahoo" || provider == "icloud";
}

bool moves_change_ids(std::string_view provider) {
  return provider == "microsoft" || provider == "ews";
}

api_request list_messages(const message_query& query) {
  return query_string{path_of(query.grant_id, "messages")}
    .add("limit", query.limit)
    .add("thread_id", query.thread_id)
    .add("received_after", query.received_after)
    .add("received_before", query.received_before)
    .add("query_imap", query.imap_folder.empty() ? "" : "true")
    .add("in", query.imap_folder)
    .add("select", query.select)
    .add("fields", query.select.empty() ? wanted_fields(query.provider) : "")
    .add("page_token", query.page_token)
    .request(billed_call::messages, objects_of(query));
}

api_request get_message(std::string_view grant_id, std::string_view message_id,
                        std::string_view provider) {
  base::ensure(!message_id.empty(), "a call for a message names it");
  return query_string{path_of(grant_id, "messages", message_id)}
    .add("fields", wanted_fields(provider))
    .request(billed_call::message);
}

api_request list_folders(std::string_view grant_id, std::string_view page_token) {
  return query_string{path_of(grant_id, "folders")}
    .add("limit", 200)
    .add("page_token", page_token)
    .request(billed_call::folders, usual_folders);
}

api_request download_attachment(std::string_view grant_id, std::string_view message_id,
                                std::string_view attachment_id, size_t bytes_max) {
  base::ensure(!message_id.empty() && !attachment_id.empty(),
               "a call for an attachment names it and its message");
  auto path = path_of(grant_id, "attachments", attachment_id) + "/download";
  auto built =
    query_string{std::move(path)}.add("message_id", message_id).request(billed_call::attachment);
  built.timeout = download_timeout;
  built.body_max = bytes_max;
  built.json = false;
  return built;
}

api_request get_grant(std::string_view grant_id) {
  base::ensure(!grant_id.empty(), "a call names its grant");
  return query_string{"/v3/grants/" + percent_encode(grant_id)}.request();
}

api_request list_grants(int limit, int offset) {
  return query_string{"/v3/grants"}.add("limit", limit).add("offset", offset).request();
}

api_request list_webhooks(std::string_view page_token) {
  return query_string{"/v3/webhooks"}.add("page_token", page_token).request();
}

api_request probe_mailbox(std::string_view grant_id, std::string_view target) {
  auto threads = target.find("/threads") != std::string_view::npos;
  return query_string{path_of(grant_id, threads ? "threads" : "messages")}
    .add("limit", 1)
    .add("select", "id")
    .request();
}

std::string to_string(verdict x) {
  switch (x) {
    case verdict::ok: return "ok";
    case verdict::throttle: return "throttle";
    case verdict::transient: return "transient";
    case verdict::auth: return "auth";
    case verdict::gone: return "gone";
    case verdict::stale_cursor: return "stale_cursor";
    case verdict::bad_item: return "bad_item";
  }
  return "unknown";
}

verdict classify(const api_request& request, const api_response& response) {
  if (response.too_large)
    return verdict::bad_item;
  auto status = response.status;
  if (status >= 200 && status < 300)
    return !request.json || has_data(response.body) ? verdict::ok : verdict::transient;
  if (is_a_page(response.body) && status != 429)
    return verdict::transient;
  switch (status) {
    case 400: return classify_bad_request(request, response);
    case 401:
    case 423: return verdict::auth;
    case 403: return speaks_of_quota(response.body) ? verdict::throttle : verdict::auth;
    case 404: return classify_not_found(request, response);
    case 407:
    case 408: return verdict::transient;
    case 429: return verdict::throttle;
    case 503:
      return !response.retry_after.empty() || speaks_of_quota(response.body) ? verdict::throttle
                                                                             : verdict::transient;
    default: break;
  }
  // No answer, a redirect, which is not followed, and 5xx pass; any other 4xx is about this call
  // alone.
  return status >= 400 && status < 500 ? verdict::bad_item : verdict::transient;
}

std::optional<std::chrono::milliseconds>
parse_retry_after(std::string_view header, std::chrono::system_clock::time_point now) {
  auto last = header.find_last_not_of(" \t");
  auto first = header.find_first_not_of(" \t");
  if (first == std::string_view::npos || last - first > 60)
    return {};
  std::string text{header.substr(first, last - first + 1)};

  int64_t seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc{} && end == text.data() + text.size())
    return bounded_wait(seconds);
  auto date = curl_getdate(text.c_str(), nullptr);
  if (date < 0)
    return {};
  return bounded_wait(static_cast<int64_t>(date) - std::chrono::system_clock::to_time_t(now));
}

std::optional<std::chrono::milliseconds>
find_retry_after(const api_response& response, std::chrono::system_clock::time_point now) {
  if (auto wait = parse_retry_after(response.retry_after, now))
    return wait;
  constexpr std::string_view words = "retry after ";
  auto text = std::string_view{response.body}.substr(0, 4096);
  auto found = find_word(text, words);
  if (found == std::string_view::npos)
    return {};
  auto moment = parse_utc(text.substr(found + words.size()));
  if (!moment)
    return {};
  // The fraction was cut off.
  return bounded_wait(*moment + 1 - std::chrono::system_clock::to_time_t(now));
}

std::chrono::milliseconds retry_after(const api_response& response,
                                      std::chrono::milliseconds otherwise) {
  return find_retry_after(response, base::wall_now()).value_or(otherwise);
}

std::string describe(const api_response& response) {
  if (response.status == 0)
    return "no answer: " + response.failure.substr(0, description_max);
  auto error = parse_error(response.body);
  auto text = "HTTP " + std::to_string(response.status) + ' ' + error.type
              + (error.type.empty() ? "" : ": ") + error.message;
  std::replace_if(
    text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text.substr(0, description_max);
}

} // namespace nova::nylas
