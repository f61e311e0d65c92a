#include "nylas/api.hpp"

#include "base/ensure.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace nova;
using namespace std::chrono_literals;
using nylas::verdict;

namespace nova::nylas {
std::ostream& operator<<(std::ostream& out, verdict x) {
  return out << to_string(x);
}
} // namespace nova::nylas

namespace {

std::string error_body(const std::string& type, const std::string& provider_error = {}) {
  return R"({"request_id":"r","error":{"type":")" + type + R"(","message":"m")"
         + (provider_error.empty() ? "" : R"(,"provider_error":)" + provider_error) + "}}";
}

const std::string message_target = "/v3/grants/g1/messages/m1";
const std::string page_target = "/v3/grants/g1/messages?limit=50&page_token=abc";

struct answer_case {
  std::string name;
  nylas::api_response response;
  verdict expected;
  std::string target = message_target;
  friend std::ostream& operator<<(std::ostream& out, const answer_case& x) {
    return out << x.name;
  }
};

nylas::api_response answer(int status, std::string body, std::string retry_after = {}) {
  nylas::api_response response;
  response.status = status;
  response.body = std::move(body);
  response.retry_after = std::move(retry_after);
  return response;
}

nylas::api_response no_answer(std::string failure, bool too_large = false) {
  nylas::api_response response;
  response.failure = std::move(failure);
  response.too_large = too_large;
  return response;
}

const std::vector<answer_case> answers{
  {"200", answer(200, R"({"data":[]})"), verdict::ok},
  {"200 with blanks around", answer(200, " \r\n{\"data\":[]}\n"), verdict::ok},
  {"200 html", answer(200, "<html></html>"), verdict::transient},
  {"200 empty", answer(200, ""), verdict::transient},
  {"200 of a portal", answer(200, R"({"login":"https://portal"})"), verdict::transient},
  {"200 with an error", answer(200, error_body("api.internal_error")), verdict::transient},
  {"200 cut", answer(200, R"({"data":[)"), verdict::transient},
  {"too large", no_answer("answer is too large", true), verdict::bad_item},
  {"time-out", no_answer("timed out"), verdict::transient},
  {"302", answer(302, ""), verdict::transient},
  {"400", answer(400, error_body("invalid_request_error")), verdict::bad_item},
  {"400 dotted", answer(400, error_body("api.invalid_request_payload")), verdict::bad_item},
  {"400 on a page", answer(400, error_body("invalid_request_error")), verdict::stale_cursor,
   page_target},
  {"400 on a first page", answer(400, error_body("invalid_request_error")), verdict::bad_item,
   "/v3/grants/g1/messages?limit=50&subject=page_token%3D"},
  {"400 invalid key", answer(400, error_body("token.unauthorized_access")), verdict::auth,
   page_target},
  {"401", answer(401, error_body("unauthorized", R"({"code":401})")), verdict::auth},
  {"401 html", answer(401, "<html>"), verdict::transient},
  {"403 of a proxy", answer(403, "\r\n<!DOCTYPE html>"), verdict::transient},
  {"400 of a proxy", answer(400, "<html>"), verdict::transient, page_target},
  {"407", answer(407, ""), verdict::transient},
  {"511 of a captive portal", answer(511, "<html>"), verdict::transient},
  {"402", answer(402, error_body("payment_required")), verdict::bad_item},
  {"403 scopes", answer(403, error_body("insufficient_scopes")), verdict::auth},
  {"403 access denied", answer(403, error_body("grant.access_denied")), verdict::auth},
  {"403 quota", answer(403, error_body("provider_error", R"({"reason":"userRateLimitExceeded"})")),
   verdict::throttle},
  {"403 daily quota",
   answer(403, error_body("provider_error", R"("Quota exceeded for quota metric")")),
   verdict::throttle},
  {"404", answer(404, error_body("not_found_error")), verdict::gone},
  {"404 dotted", answer(404, error_body("api.not_found_error")), verdict::gone},
  {"404 partial", answer(404, error_body("api.partial_not_found_error")), verdict::gone},
  {"404 mailbox",
   answer(404, error_body("not_found_error", R"({"code":"MailboxNotEnabledForRESTAPI"})")),
   verdict::auth},
  {"404 of the grant of a message", answer(404, error_body("grant.not_found")), verdict::auth},
  {"404 of a grant itself", answer(404, error_body("grant.not_found")), verdict::gone,
   "/v3/grants/g1"},
  {"404 of a proxy", answer(404, "404 page not found"), verdict::transient},
  {"404 of another service", answer(404, R"({"message":"no Route matched"})"), verdict::transient},
  {"408", answer(408, ""), verdict::transient},
  {"409", answer(409, error_body("api.conflict")), verdict::bad_item},
  {"422", answer(422, error_body("validation_error")), verdict::bad_item},
  {"423", answer(423, error_body("api.resource_blocked")), verdict::auth},
  {"429 of Nylas", answer(429, error_body("nylas_rate_limit_exceeded")), verdict::throttle},
  {"429 of the provider", answer(429, error_body("rate_limit_error", "{}"), "30"),
   verdict::throttle},
  {"429 dotted", answer(429, error_body("api.rate_limit_error")), verdict::throttle},
  {"429 quota", answer(429, error_body("quota_exceeded_error")), verdict::throttle},
  {"429 on a page", answer(429, error_body("rate_limit_error")), verdict::throttle, page_target},
  {"500", answer(500, error_body("api.internal_error")), verdict::transient},
  {"502 text", answer(502, "Bad Gateway: The upstream server is unavailable"), verdict::transient},
  {"503 text", answer(503, "Service Unavailable"), verdict::transient},
  {"503 with Retry-After", answer(503, "Service Unavailable", "120"), verdict::throttle},
  {"503 folders", answer(503, R"({"error":{"type":"x","message":"Too many requests"}})"),
   verdict::throttle},
  {"503 EWS", answer(503, error_body("provider_error", R"("account throttled")")),
   verdict::throttle},
  {"504", answer(504, error_body("provider_error")), verdict::transient},
  {"504 html", answer(504, "<html>"), verdict::transient},
  {"504 partial", answer(504, error_body("api.partial_success_error")), verdict::transient},
};

// Thursday, 20 November 2025 12:00:00 GMT
const auto noon = std::chrono::system_clock::from_time_t(1763640000);

struct retry_case {
  std::string header;
  std::optional<std::chrono::milliseconds> expected;
  friend std::ostream& operator<<(std::ostream& out, const retry_case& x) {
    return out << '\'' << x.header << '\'';
  }
};

const std::vector<retry_case> retries{
  {"30", 30s},
  {" 30 ", 30s},
  {"3600", 1h},
  {"7200", 1h},
  {"86400", 1h},
  {"86401", {}},
  {"99999999999999999999", {}},
  {"0", {}},
  {"-5", {}},
  {"", {}},
  {"soon", {}},
  {"Thu, 20 Nov 2025 12:00:45 GMT", 45s},
  {"Thursday, 20-Nov-25 12:01:00 GMT", 1min},
  {"Thu Nov 20 12:02:00 2025", 2min},
  {"Thu, 20 Nov 2025 11:59:59 GMT", {}},
  {"Thu, 20 Nov 2055 12:00:00 GMT", {}},
  {std::string(10'000, '1'), {}},
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_test)

BOOST_DATA_TEST_CASE(an_answer_says_what_to_do, boost::unit_test::data::make(answers), row) {
  nylas::api_request request;
  request.target = row.target;
  BOOST_TEST(nylas::classify(request, row.response) == row.expected);
}

BOOST_DATA_TEST_CASE(retry_after_is_a_bounded_wait, boost::unit_test::data::make(retries), row) {
  BOOST_TEST((nylas::parse_retry_after(row.header, noon) == row.expected));
}

BOOST_AUTO_TEST_CASE(the_time_that_gmail_writes_into_its_text_is_a_wait_too) {
  auto at = [](const std::string& moment) {
    auto text = "\"User-rate limit exceeded. Retry after " + moment + " (Mail sending)\"";
    return answer(429, error_body("quota_exceeded_error", text));
  };
  BOOST_TEST((nylas::find_retry_after(at("2025-11-20T12:00:29.594Z"), noon) == 30s));
  BOOST_TEST((nylas::find_retry_after(at("2025-11-20T15:00:00Z"), noon) == 1h));
  BOOST_TEST(!nylas::find_retry_after(at("2025-11-20T11:00:00Z"), noon));
  BOOST_TEST(!nylas::find_retry_after(at("2025-13-20T12:00:29Z"), noon));
  BOOST_TEST(!nylas::find_retry_after(at("2025-11-2"), noon));
  BOOST_TEST(!nylas::find_retry_after(answer(429, "{}"), noon));
}

BOOST_AUTO_TEST_CASE(the_header_goes_before_the_text) {
  auto response =
    answer(429, R"({"error":{"message":"Retry after 2025-11-20T12:00:29.594Z"}})", "5");
  BOOST_TEST((nylas::find_retry_after(response, noon) == 5s));
}

BOOST_AUTO_TEST_CASE(everything_but_unreserved_characters_is_encoded) {
  BOOST_TEST(nylas::percent_encode("aZ09-._~") == "aZ09-._~");
  BOOST_TEST(nylas::percent_encode("<a+b/c#d@e=f>?&% \xC3\xBC")
             == "%3Ca%2Bb%2Fc%23d%40e%3Df%3E%3F%26%25%20%C3%BC");
}

BOOST_AUTO_TEST_CASE(ids_are_encoded_as_segments) {
  BOOST_TEST(nylas::get_message("a/b@c", "<x/y+z=@mail>").target
             == "/v3/grants/a%2Fb%40c/messages/%3Cx%2Fy%2Bz%3D%40mail%3E");
  BOOST_TEST(nylas::get_message("g", "../x").target == "/v3/grants/g/messages/..%2Fx");
  BOOST_TEST(nylas::get_grant("g 1").target == "/v3/grants/g%201");
}

BOOST_AUTO_TEST_CASE(a_message_list_names_only_what_is_set) {
  BOOST_TEST(nylas::list_messages({.grant_id = "g", .limit = 20}).target
             == "/v3/grants/g/messages?limit=20");
  BOOST_TEST(
    nylas::list_messages({.grant_id = "g",
                          .page_token = "a=b&c",
                          .thread_id = "t/1",
                          .received_after = 5,
                          .received_before = 9,
                          .select = "id,date"})
      .target
    == "/v3/grants/g/"
       "messages?limit=200&thread_id=t%2F1&received_after=5&received_before=9&select=id%2Cdate&"
       "page_token=a%3Db%26c");
}

BOOST_AUTO_TEST_CASE(the_message_id_is_asked_for_where_a_move_changes_the_id_and_nowhere_else) {
  for (auto provider : {"microsoft", "ews"}) {
    BOOST_TEST(nylas::get_message("g", "m", provider).target
               == "/v3/grants/g/messages/m?fields=include_basic_headers");
    BOOST_TEST(nylas::list_messages({.grant_id = "g", .limit = 20, .provider = provider}).target
               == "/v3/grants/g/messages?limit=20&fields=include_basic_headers");
  }
  for (auto provider : {"google", "imap", "icloud", "yahoo", "nylas", ""}) {
    BOOST_TEST(nylas::get_message("g", "m", provider).target == "/v3/grants/g/messages/m");
    BOOST_TEST(nylas::list_messages({.grant_id = "g", .limit = 20, .provider = provider}).target
               == "/v3/grants/g/messages?limit=20");
  }
}

BOOST_AUTO_TEST_CASE(a_list_of_some_fields_asks_for_no_headers) {
  BOOST_TEST(
    nylas::list_messages({.grant_id = "g", .select = "id", .limit = 20, .provider = "microsoft"})
      .target
    == "/v3/grants/g/messages?limit=20&select=id");
}

BOOST_AUTO_TEST_CASE(a_thread_list_leaves_the_latest_message_out) {
  auto target = nylas::list_threads({.grant_id = "g", .latest_message_after = 5}).target;
  BOOST_TEST(target.starts_with("/v3/grants/g/threads?limit=50&select="));
  BOOST_TEST(target.find("latest_draft_or_message") == std::string::npos);
  BOOST_TEST(target.find("message_ids") != std::string::npos);
  BOOST_TEST(target.ends_with("&latest_message_after=5"));
}

BOOST_AUTO_TEST_CASE(the_other_lists_are_paged_their_own_way) {
  BOOST_TEST(nylas::list_folders("g", "t").target == "/v3/grants/g/folders?limit=200&page_token=t");
  BOOST_TEST(nylas::list_webhooks("").target == "/v3/webhooks");
  BOOST_TEST(nylas::list_grants(10, 20).target == "/v3/grants?limit=10&offset=20");
}

BOOST_AUTO_TEST_CASE(an_empty_id_does_not_turn_into_a_list) {
  BOOST_CHECK_THROW((void)nylas::get_message("g", ""), base::broken_promise);
  BOOST_CHECK_THROW((void)nylas::get_grant(""), base::broken_promise);
  BOOST_CHECK_THROW((void)nylas::list_messages({}), base::broken_promise);
}

BOOST_AUTO_TEST_CASE(a_download_names_the_message_and_is_good_whatever_its_bytes_are) {
  auto request = nylas::download_attachment("g 1", "m/1", "a?1", 5000);
  BOOST_TEST(request.target == "/v3/grants/g%201/attachments/a%3F1/download?message_id=m%2F1");
  BOOST_TEST(request.body_max == 5000u);
  for (const auto* bytes : {"", "<html></html>", R"({"login":"x"})", "%PDF"})
    BOOST_TEST(nylas::classify(request, answer(200, bytes)) == verdict::ok, bytes);
  BOOST_TEST(nylas::classify(request, answer(404, error_body("not_found_error"))) == verdict::gone);
  BOOST_TEST(nylas::classify(request, answer(404, "<html>")) == verdict::transient);
  BOOST_TEST(nylas::classify(request, no_answer("cut off", true)) == verdict::bad_item);
  BOOST_CHECK_THROW(nylas::download_attachment("g1", "", "a1", 1), base::broken_promise);
  BOOST_CHECK_THROW(nylas::download_attachment("g1", "m1", "", 1), base::broken_promise);
}

BOOST_AUTO_TEST_SUITE_END()
