#include "tests/support/url_server.hpp"
#include "tests/unit/syncs/sync_fixture.hpp"

#include <fmt/format.h>

#include <mutex>
#include <set>
#include <vector>

using namespace nova;
using namespace nova::test;

namespace {

std::string answer(const std::string& body, int status = 200, const std::string& headers = "") {
  return fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}", status,
                     body.size(), headers, body);
}

/// An API over a map of records.
struct api {
  std::mutex guard;
  std::map<int, std::string> records; // by their number: JSON
  std::vector<std::string> requests;  // the first line of each
  std::vector<std::string> heads;
  std::vector<std::string> next_answers; // of the next requests, instead
  size_t size = 2;

  static std::string parameter(const std::string& line, const std::string& name) {
    auto at = line.find(name + "=");
    return at == std::string::npos ? ""
                                   : line.substr(at + name.size() + 1, line.find_first_of("& ", at)
                                                                         - at - name.size() - 1);
  }

  /// `size` records behind the first `skip`, and how many there are.
  std::string page(size_t skip) {
    std::string text;
    size_t n = 0;
    for (const auto& [number, record] : records)
      if (n++ >= skip && n <= skip + size)
        text += (text.empty() ? "" : ",") + record;
    return text;
  }

  std::string handle(const std::string& head) {
    auto lock = std::scoped_lock{guard};
    auto line = head.substr(0, head.find('\r'));
    requests.push_back(line.substr(0, line.rfind(' ')));
    heads.push_back(head);
    if (!next_answers.empty()) {
      auto said = next_answers.front();
      next_answers.erase(next_answers.begin());
      if (!said.empty())
        return said;
    }
    if (line.starts_with("POST /token"))
      return answer(R"({"access_token": "tok"})");
    if (line.find("/list") != std::string::npos)
      return answer("[" + page(0) + "]");
    if (line.find("/offset") != std::string::npos)
      return answer("[" + page(std::stoul(parameter(line, "offset"))) + "]");
    if (line.find("/page") != std::string::npos)
      return answer("[" + page((std::stoul(parameter(line, "p")) - 1) * size) + "]");
    auto cursor = parameter(line, "cursor");
    auto skip = cursor.empty() ? 0 : std::stoul(cursor);
    auto more = skip + size < records.size();
    if (line.find("/link") != std::string::npos)
      return answer("[" + page(skip) + "]", 200,
                    more ? fmt::format("Link: </link?cursor={}>; rel=\"next\"\r\n", skip + size)
                         : std::string{});
    return answer(fmt::format(R"({{"data": [{}], "next": {}, "delta": "d{}"}})", page(skip),
                              more ? fmt::format("\"{}\"", skip + size) : "null", requests.size()));
  }
};

struct fixture : sync_fixture {
  api there;
  url_server server{
    [this](url_server::talker& talker) { (void)talker.send(there.handle(talker.request)); }};

  fixture() {
    use_secret("s3cretvalue");
    for (int n = 1; n <= 5; ++n)
      there.records[n] =
        fmt::format(R"({{"id": {}, "name": "n{}", "at": "2026-01-0{}T00:00:00Z"}})", n, n, n);
  }

  void configure_api(const std::string& stream, const std::string& columns = "",
                     const std::string& values = "", const std::string& system = "") {
    configure(columns + ", settings, max_retries", values + ", '" + stream + "', 0", "http_json",
              fmt::format(R"({{"url": "http://127.0.0.1:{}", "allow_private": true{}}})",
                          server.port(), system));
  }

  std::string records() {
    return text("select coalesce(string_agg(key || ':' || (record ->> 'name'), ' ' order by "
                "length(key), key), '') from integration_records where deleted_at is null");
  }
};

const std::string all = "1:n1 2:n2 3:n3 4:n4 5:n5";

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_sync_test, fixture)

BOOST_AUTO_TEST_CASE(pages_are_followed_by_a_cursor) {
  configure_api(R"({"path": "/c", "items": "/data", "page": {"kind": "cursor", "next": "/next"}})");
  BOOST_TEST(run() == "succeeded 5 5 0 0 0 0");
  BOOST_TEST(records() == all);
  BOOST_TEST(there.requests.size() == 3U);
  BOOST_TEST(there.requests.back() == "GET /c?cursor=4");
  BOOST_TEST(run() == "succeeded 5 0 0 0 5 0");
  there.records[3] = R"({"at": 1, "name": "new", "id": 3})";
  BOOST_TEST(run() == "succeeded 5 0 1 0 4 0");
}

BOOST_AUTO_TEST_CASE(pages_are_followed_by_a_number_an_offset_and_a_link) {
  configure_api(R"({"path": "/page", "page": {"kind": "page", "param": "p", "size": 2}})");
  BOOST_TEST(run() == "succeeded 5 5 0 0 0 0");
  BOOST_TEST(there.requests.back() == "GET /page?p=3");
  conn.run(
    R"(update integration_sync_configs set settings = '{"path": "/offset", "page": {"kind": )"
    R"("offset", "size": 2, "size_param": "n"}}')");
  BOOST_TEST(run() == "succeeded 5 0 0 0 5 0");
  BOOST_TEST(there.requests.back() == "GET /offset?n=2&offset=4");
  conn.run(
    R"(update integration_sync_configs set settings = '{"path": "/link", "page": {"kind": "link"}}')");
  BOOST_TEST(run() == "succeeded 5 0 0 0 5 0");
  BOOST_TEST(there.requests.back() == "GET /link?cursor=4");
  BOOST_TEST(records() == all);
}

BOOST_AUTO_TEST_CASE(what_two_listings_in_a_row_do_not_have_is_deleted) {
  configure_api(R"({"path": "/c", "items": "/data", "page": {"kind": "cursor", "next": "/next"}})");
  run();
  there.records.erase(2);
  BOOST_TEST(run() == "succeeded 4 0 0 0 4 0");
  BOOST_TEST(records() == all);
  BOOST_TEST(run() == "succeeded 4 0 0 1 4 0");
  BOOST_TEST(records() == "1:n1 3:n3 4:n4 5:n5");
  // A listing that ends early says nothing of what is missing.
  there.next_answers = {"", answer("", 500), answer("", 500), answer("", 500)};
  BOOST_TEST(run().starts_with("failed source 2 "));
  there.next_answers = {"", answer("", 500), answer("", 500), answer("", 500)};
  BOOST_TEST(run().starts_with("failed source 2 "));
  BOOST_TEST(records() == "1:n1 3:n3 4:n4 5:n5");
  there.records[2] = R"({"id": 2, "name": "again"})";
  BOOST_TEST(run() == "succeeded 5 0 1 0 4 0");
  BOOST_TEST(text("select count(*)::text from nova.sync_seen") == "0");
}

BOOST_AUTO_TEST_CASE(an_incremental_run_asks_for_what_has_changed_since) {
  configure_api(R"({"path": "/c", "items": "/data", "since": "since", "page": {"kind": "cursor", )"
                R"("next": "/next"}})",
                ", sync_mode, incremental_key", ", 'incremental', '/at'");
  BOOST_TEST(run() == "succeeded 5 5 0 0 0 0");
  BOOST_TEST(watermark() == "2026-01-05T00:00:00Z");
  run();
  BOOST_TEST(there.requests.at(3).starts_with("GET /c?since=2026-01-0"));
  // Of a clock that is ahead: not beyond the beginning of the run.
  there.records[6] = R"({"id": 6, "name": "n6", "at": "2999-01-01T00:00:00Z"})";
  run();
  BOOST_TEST((watermark() < std::string{"2100"}));
  BOOST_TEST(records() == all + " 6:n6");
}

BOOST_AUTO_TEST_CASE(
  a_delta_goes_on_with_the_cursor_of_the_last_run_and_begins_anew_when_it_expired) {
  configure_api(
    R"({"path": "/c", "items": "/data", "deleted": "/gone", "delta": {"param": "token", )"
    R"("next": "/delta"}, "page": {"kind": "cursor", "next": "/next"}})",
    ", sync_mode", ", 'delta'");
  BOOST_TEST(run() == "succeeded 5 5 0 0 0 0");
  there.next_answers = {answer(
    R"({"data": [{"id": 2, "gone": true}, {"id": 9, "name": "n9"}], "delta": "d9", "next": null})")};
  BOOST_TEST(run() == "succeeded 2 1 0 1 0 0");
  BOOST_TEST(there.requests.back() == "GET /c?token=d3");
  there.next_answers = {answer("", 410)};
  BOOST_TEST(run() == "succeeded 5 0 1 0 4 0"); // 2 is there again
  BOOST_TEST(there.requests.at(4) == "GET /c?token=d9");
  BOOST_TEST(there.requests.at(5) == "GET /c");
}

BOOST_AUTO_TEST_CASE(a_secret_goes_as_a_header_as_basic_or_for_a_token) {
  configure_api(R"({"path": "/list"})", "", "", R"(, "auth": {"kind": "header"})");
  run();
  BOOST_TEST(there.heads.back().find("\r\nAuthorization: Bearer s3cretvalue\r\n")
             != std::string::npos);
  auto use = [&](const std::string& auth) {
    conn.run(
      ("update integration_configs set settings = settings || '{\"auth\": " + auth + "}'").c_str());
    return run();
  };
  use(R"({"kind": "basic", "user": "ann"})");
  BOOST_TEST(there.heads.back().find("\r\nAuthorization: Basic YW5uOnMzY3JldHZhbHVl\r\n")
             != std::string::npos);
  auto token = fmt::format(R"({{"kind": "oauth2", "client_id": "me", "token_url": )"
                           R"("http://127.0.0.1:{}/token"}})",
                           server.port());
  BOOST_TEST(use(token).starts_with("succeeded"));
  BOOST_TEST(there.heads.back().find("\r\nAuthorization: Bearer tok\r\n") != std::string::npos);
  BOOST_TEST(there.heads.at(there.heads.size() - 2).find("client_secret=s3cretvalue")
             != std::string::npos);
  // A token that ended is asked for once more; a secret that is not taken is told.
  there.next_answers = {"", answer("", 401)};
  BOOST_TEST(use(token).starts_with("succeeded"));
  there.next_answers = {"", answer("", 401), "", answer("", 401)};
  BOOST_TEST(use(token).starts_with("failed auth"));
  BOOST_TEST(last.text == "HTTP 401: the source does not take the secret");
}

BOOST_AUTO_TEST_CASE(a_401_in_the_middle_is_told_and_the_next_run_is_whole) {
  configure_api(R"({"path": "/c", "items": "/data", "page": {"kind": "cursor", "next": "/next"}})");
  there.next_answers = {"", answer("", 401)};
  BOOST_TEST(run() == "failed auth 2 2 0 0 0 0");
  BOOST_TEST(records() == "1:n1 2:n2");
  BOOST_TEST(run() == "succeeded 5 3 0 0 2 0");
  BOOST_TEST(records() == all);
}

BOOST_AUTO_TEST_CASE(a_source_that_says_wait_is_waited_for) {
  configure_api(R"({"path": "/list"})");
  there.next_answers = {answer("", 429, "Retry-After: 1\r\n")};
  auto began = std::chrono::steady_clock::now();
  BOOST_TEST(run().starts_with("succeeded"));
  BOOST_TEST((std::chrono::steady_clock::now() - began >= std::chrono::seconds{1}));
  there.next_answers = {answer("", 429, "Retry-After: 86400\r\n")};
  BOOST_TEST(run().starts_with("failed rate_limited"));
}

BOOST_AUTO_TEST_CASE(bad_records_are_noted_and_the_rest_is_kept) {
  there.records[2] = R"({"name": "no key"})";
  there.records[4] = R"({"id": 4, "name": "a\u0000b"})";
  configure_api(R"({"path": "/c", "items": "/data", "page": {"kind": "cursor", "next": "/next"}})");
  BOOST_TEST(run() == "partial bad_records 5 3 0 0 0 2");
  BOOST_TEST(records() == "1:n1 3:n3 5:n5");
  BOOST_TEST(
    text("select string_agg(left(reason, 71), '|' order by key) from "
         "integration_rejected_records")
    == "unsupported Unicode escape sequence; \\u0000 cannot be converted to text|it has no key "
       "at /id");
}

BOOST_AUTO_TEST_CASE(records_go_into_columns_of_a_table) {
  conn.run("create table people (id integer primary key, called text, born date, tags text[], "
           "whole jsonb)");
  there.records.clear();
  there.records[1] =
    R"({"id": 1, "p": {"n": "ann"}, "b": "2000-01-02", "t": ["x"], "w": {"a": 1}})";
  there.records[2] = R"({"id": 2, "p": {}, "b": null, "t": null, "w": [1]})";
  there.records[3] = R"({"id": 3, "p": {"n": "cy"}, "b": "never"})";
  configure_api(R"({"path": "/c", "items": "/data", "target": "people", "target_columns": {"id": )"
                R"("/id", "called": "/p/n", "born": "/b", "tags": "/t", "whole": "/w"}, "page": )"
                R"({"kind": "cursor", "next": "/next"}})");
  BOOST_TEST(run() == "partial bad_records 3 2 0 0 0 1");
  BOOST_TEST(text("select string_agg(x::text, ' ' order by id) from people x")
             == "(1,ann,2000-01-02,{x},\"{\"\"a\"\": 1}\") (2,,,,[1])");
  there.records[3] = R"({"id": 3, "p": {"n": "cy"}, "b": "2001-01-01"})";
  BOOST_TEST(run() == "succeeded 3 1 0 0 2 0");
  there.records.erase(1);
  run();
  BOOST_TEST(run() == "succeeded 2 0 0 1 2 0");
}

BOOST_AUTO_TEST_CASE(a_source_that_goes_in_circles_is_told) {
  configure_api(R"({"path": "/list", "page": {"kind": "page"}})");
  BOOST_TEST(run().starts_with("failed stalled"));
  conn.run(R"(update integration_sync_configs set settings = '{"path": "/c", "items": "/data", )"
           R"("page": {"kind": "cursor", "next": "/again"}}')");
  there.next_answers = {answer(R"({"data": [], "again": "x"})"),
                        answer(R"({"data": [], "again": "x"})")};
  BOOST_TEST(run().starts_with("failed stalled"));
}

BOOST_AUTO_TEST_CASE(what_a_hostile_source_answers_is_bounded) {
  configure_api(R"({"path": "/link", "answer_max": 2000, "page": {"kind": "link"}})");
  there.next_answers = {answer("[]", 200, "Link: <http://example.com/x>; rel=\"next\"\r\n")};
  run();
  BOOST_TEST(last.text == "the next page is of another host: http://example.com");
  there.next_answers = {answer("[\"" + std::string(3000, 'x') + "\"]")};
  run();
  BOOST_TEST(last.text == "the answer is larger than 2000 bytes");
  there.next_answers = {answer("{}", 302, "Location: http://127.0.0.1/\r\n")};
  BOOST_TEST(run().starts_with("failed source"));
  there.next_answers = {answer("no JSON")};
  BOOST_TEST(run().starts_with("failed source"));
  there.next_answers = {answer("{}")};
  run();
  BOOST_TEST(last.text == "the answer has no list at ''");
  conn.run("update integration_configs set settings = settings - 'allow_private'");
  run();
  BOOST_TEST(last.error_class == "config");
  BOOST_TEST(last.text.find("127.0.0.1 is loopback") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_secret_is_in_no_row) {
  configure_api(R"({"path": "/list"})", "", "", R"(, "auth": {"kind": "header"})");
  run();
  there.next_answers = {answer("s3cretvalue", 401)};
  run();
  there.next_answers = {answer("[{\"id\": 1}]", 400)};
  run();
  BOOST_TEST(
    text("select (select string_agg(h::text, '') from integration_sync_history h) || (select "
         "string_agg(c::text, '') from integration_sync_configs c) || (select string_agg("
         "c::text, '') from integration_configs c) || coalesce((select string_agg(a::text, "
         "'') from integration_alert_history a), '')")
      .find("s3cretvalue")
    == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
