#include "http/gzip.hpp"
#include "world_fixture.hpp"

#include <boost/test/data/test_case.hpp>

#include <algorithm>
#include <set>

using namespace nova::simulator;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

struct faults_fixture : world_fixture {
  using world_fixture::world_fixture;

  void script(const std::string& rule) {
    auto parsed = fault_script::parse(R"({"rules":[)" + rule + "]}");
    BOOST_TEST_REQUIRE(parsed.has_value(), rule);
    in.set_faults(std::move(*parsed));
  }

  std::string header(const nova::http::response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
      if (key == name)
        return value;
    return "";
  }

  const std::string messages = "/v3/grants/g1/messages?limit=5";
};

struct fault_row {
  const char* name;
  int status;
  const char* part; // of the body
};
std::ostream& operator<<(std::ostream& out, const fault_row& x) {
  return out << x.name;
}
const fault_row fault_rows[] = {
  {"429", 429, "nylas_rate_limit_exceeded"},
  {"429-provider", 429, "provider_error"},
  {"403-quota", 403, "userRateLimitExceeded"},
  {"500", 500, "api.internal_error"},
  {"502", 502, "request_id"},
  {"502-html", 502, "<html>"},
  {"non-json", 502, "Bad Gateway"},
  {"503", 503, "request_id"},
  {"504", 504, "Provider request timed out."},
  {"401", 401, "unauthorized"},
  {"401-expired", 401, "invalid_grant"},
  {"403", 403, "insufficient_scopes"},
  {"423", 423, "api.resource_blocked"},
  {"404", 404, "not_found_error"},
  {"data-null", 200, "\"data\":null"},
  {"data-nested", 200, "\"data\":{\"messages\":["},
  {"null-element", 200, "[null,"},
  {"empty-page", 200, "\"data\":[]"},
  {"malformed-json", 200, "\"request_id\"="},
};

struct bad_script {
  const char* what;
  const char* json;
  const char* named;
};
std::ostream& operator<<(std::ostream& out, const bad_script& x) {
  return out << x.what;
}
const bad_script bad_scripts[] = {
  {"not JSON", "{", "not JSON"},
  {"unknown field", R"({"rules":[{"fault":"429","probability":1}]})",
   "faults.rules[0].probability"},
  {"unknown fault", R"({"rules":[{"fault":"418"}]})", "429-provider"},
  {"rate above one", R"({"rules":[{"fault":"429","rate":2}]})", "faults.rules[0].rate"},
  {"bad pattern", R"({"rules":[{"fault":"429","path_regex":"("}]})", "path_regex"},
  {"two paths", R"({"rules":[{"fault":"429","path":"/","path_regex":"."}]})", "give one"},
  {"slow without time", R"({"rules":[{"fault":"slow"}]})", "delay_ms"},
  {"bad retry", R"({"rules":[{"fault":"429","retry_after":"soon"}]})", "retry_after"},
  {"rules not a list", R"({"rules":{}})", "faults.rules"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(faults_test, faults_fixture)

BOOST_DATA_TEST_CASE_F(faults_fixture, a_header_makes_one_request_fail, data::make(fault_rows),
                       row) {
  auto wrong = ask(messages, "GET", "", {{"X-Sim-Fault", row.name}});
  BOOST_TEST(wrong.status == row.status);
  BOOST_TEST(wrong.body.find(row.part) != std::string::npos, wrong.body.substr(0, 300));
  if (std::string_view(row.name) != "401-expired") // which ends the grant
    BOOST_TEST(ask(messages).status == 200);
}

BOOST_DATA_TEST_CASE(a_script_that_is_wrong_is_refused_by_name, data::make(bad_scripts), row) {
  auto parsed = fault_script::parse(row.json);
  BOOST_REQUIRE(!parsed);
  BOOST_TEST(to_string(parsed.error()).find(row.named) != std::string::npos,
             to_string(parsed.error()));
}

BOOST_AUTO_TEST_CASE(an_unknown_header_is_refused_with_what_is_accepted) {
  auto refused = ask(messages, "GET", "", {{"X-Sim-Fault", "418"}});
  BOOST_TEST(refused.status == 400);
  BOOST_TEST(refused.body.find("502-html") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_rule_looks_at_method_and_path) {
  script(R"({"fault":"503","path":"/v3/grants/*/threads"})");
  BOOST_TEST(ask("/v3/grants/g1/threads").status == 503);
  BOOST_TEST(ask("/v3/grants/g1/threads/x").status == 503);
  BOOST_TEST(ask("/v3/grants/g1/messages").status == 200);
  script(R"({"fault":"503","path_regex":"messages/[^/]+$"})");
  BOOST_TEST(ask("/v3/grants/g1/messages").status == 200);
  BOOST_TEST(ask("/v3/grants/g1/messages/x").status == 503);
  script(R"({"fault":"503","method":"POST"})");
  BOOST_TEST(ask("/v3/grants/g1/messages").status == 200);
}

BOOST_AUTO_TEST_CASE(count_and_every_say_how_often) {
  auto failures = [this] {
    int out = 0;
    for (int i = 0; i < 12; ++i)
      out += ask(messages).status == 429 ? 1 : 0;
    return out;
  };
  script(R"({"fault":"429","count":3})");
  BOOST_TEST(failures() == 3);
  script(R"({"fault":"429","every":4})");
  BOOST_TEST(failures() == 3);
}

BOOST_AUTO_TEST_CASE(a_rate_hits_about_that_share) {
  script(R"({"fault":"429","rate":0.3})");
  int failures = 0;
  for (int i = 0; i < 1000; ++i)
    failures += ask("/v3/grants/g1/folders").status == 429 ? 1 : 0;
  BOOST_TEST(failures > 240);
  BOOST_TEST(failures < 360);
}

BOOST_AUTO_TEST_CASE(a_rule_holds_in_its_time_only) {
  auto parsed = fault_script::parse(R"({"rules":[{"fault":"429","from":10,"until":20}]})");
  BOOST_TEST(!parsed->decide("GET", "/v3", 9'999ms));
  BOOST_TEST(parsed->decide("GET", "/v3", 10'000ms).has_value());
  BOOST_TEST(!parsed->decide("GET", "/v3", 20'000ms));
}

BOOST_AUTO_TEST_CASE(retry_after_comes_as_seconds_as_a_date_or_not_at_all) {
  script(R"({"fault":"429","retry_after":7})");
  BOOST_TEST(header(ask(messages), "Retry-After") == "7");
  script(R"({"fault":"429","retry_after":"date:7"})");
  BOOST_TEST(header(ask(messages), "Retry-After").find("GMT") != std::string::npos);
  script(R"({"fault":"429"})");
  BOOST_TEST(header(ask(messages), "Retry-After").empty());
}

BOOST_AUTO_TEST_CASE(a_path_that_is_gone_at_first_is_there_the_second_time) {
  script(R"({"fault":"404-then-ok","path":"/v3/grants/*/messages/"})");
  for (uint64_t drawn : {1, 2}) {
    const auto path = "/v3/grants/g1/messages/" + encode(grant().mail->pick(drawn)->id);
    BOOST_TEST(ask(path).status == 404);
    BOOST_TEST(ask(path).status == 200);
  }
}

BOOST_AUTO_TEST_CASE(a_stale_cursor_spares_the_first_page) {
  script(R"({"fault":"stale-cursor"})");
  auto page = json(messages);
  BOOST_TEST(ask(messages + "&page_token=" + page["next_cursor"].GetString()).status == 400);
}

BOOST_AUTO_TEST_CASE(pages_are_shorter_and_longer_than_asked_for_and_lose_nothing) {
  const auto whole = all_ids(messages);
  for (const auto& [name, size] : {std::pair{"short-page", 1u}, {"long-page", 15u}}) {
    script(std::string(R"({"fault":")") + name + "\"}");
    BOOST_TEST(json(messages)["data"].Size() == size);
    const auto ids = all_ids(messages);
    BOOST_TEST(ids.size() == whole.size());
    BOOST_TEST((std::set<std::string>(ids.begin(), ids.end())
                == std::set<std::string>(whole.begin(), whole.end())));
  }
}

BOOST_DATA_TEST_CASE_F(faults_fixture, a_list_has_no_end,
                       data::make({"repeated-cursor", "endless-cursor"}), kind) {
  const auto second = json(messages)["next_cursor"].GetString() + std::string{};
  const auto target = messages + "&page_token=";
  const auto page = json(target + second);
  script(std::string(R"({"fault":")") + kind + "\"}");
  std::set<std::string> tokens{second};
  for (std::string token = second; tokens.size() < 5;) {
    auto again = json(target + token);
    BOOST_TEST((again["data"] == page["data"]));
    token = again["next_cursor"].GetString();
    if (kind == std::string("repeated-cursor")) {
      BOOST_TEST(token == second);
      break;
    }
    BOOST_TEST(tokens.insert(token).second);
  }
}

BOOST_AUTO_TEST_CASE(an_endless_list_has_no_last_page) {
  script(R"({"fault":"endless-cursor","count":1})");
  auto last = json("/v3/grants/g1/folders?limit=200");
  BOOST_REQUIRE(last.HasMember("next_cursor"));
  const std::string token = last["next_cursor"].GetString();
  auto next = json("/v3/grants/g1/folders?limit=200&page_token=" + token);
  BOOST_TEST((next["data"] == last["data"]));
  BOOST_TEST(!next.HasMember("next_cursor"));
}

BOOST_AUTO_TEST_CASE(an_index_that_lags_hides_the_latest) {
  const auto thread = grant().mail->find_thread(grant().mail->source().ids().thread_id(3));
  const auto list = "/v3/grants/g1/messages?limit=200&thread_id=" + encode(thread[0].thread_id);
  const auto get = "/v3/grants/g1/messages/" + encode(thread.back().id);
  const auto named = [&] {
    return json("/v3/grants/g1/threads/" + encode(thread[0].thread_id))["data"]["message_ids"]
      .Size();
  };
  script(R"({"fault":"lagging-index","path":"/v3/grants/*/messages"})");
  BOOST_TEST(named() == thread.size());
  const auto listed = all_ids(list);
  BOOST_TEST(listed.size() == thread.size() - 1);
  BOOST_TEST(std::count(listed.begin(), listed.end(), thread.back().id) == 0);
  BOOST_TEST(ask(get).status == 404);
  BOOST_TEST(json(messages)["data"].Size() == 4u);
  in.set_faults({});
  BOOST_TEST(all_ids(list).size() == thread.size());
  BOOST_TEST(ask(get).status == 200);
}

BOOST_AUTO_TEST_CASE(transport_faults_say_what_the_server_must_do) {
  BOOST_TEST(*ask(messages, "GET", "", {{"X-Sim-Fault", "cut"}}).cut_after == 0u);
  BOOST_TEST(*ask(messages, "GET", "", {{"X-Sim-Fault", "cut-body"}}).cut_after == 100u);
  BOOST_TEST((ask(messages, "GET", "", {{"X-Sim-Fault", "slow"}}).delay == 1s));
  auto cut = ask(messages, "GET", "", {{"X-Sim-Fault", "truncated-json"}});
  BOOST_TEST(!read_json(cut.body));
  auto broken = ask(messages, "GET", "", {{"X-Sim-Fault", "truncated-gzip"}});
  BOOST_TEST(!nova::http::gunzip(broken.body, 1 << 20));
}

BOOST_AUTO_TEST_CASE(hollow_pages_lead_back_to_what_they_left_out) {
  for (const char* kind : {"empty-page", "data-null"}) {
    auto hollow = ask(messages, "GET", "", {{"X-Sim-Fault", kind}});
    const std::string cursor = (*read_json(hollow.body))["next_cursor"].GetString();
    auto resumed = json(messages + "&page_token=" + cursor);
    BOOST_TEST((resumed["data"] == json(messages)["data"]));
  }
}

BOOST_AUTO_TEST_CASE(an_expired_grant_answers_401_and_is_told_once) {
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(ask(messages, "GET", "", {{"X-Sim-Fault", "401-expired"}}).status == 401);
  BOOST_TEST(ask(messages).status == 401);
  BOOST_TEST(json("/v3/grants/g1")["data"]["grant_status"].GetString() == std::string("invalid"));
  BOOST_REQUIRE(events.size() == 1u);
  BOOST_TEST(events[0].type == "grant.expired");
  BOOST_TEST(ask("/sim/grants/g1/reauthorise", "POST").status == 200);
  BOOST_TEST(ask(messages).status == 200);
  BOOST_TEST(events.back().type == "grant.updated");
}

BOOST_AUTO_TEST_CASE(an_id_that_changes_under_the_reader_is_a_404_and_two_events) {
  const auto id = grant().mail->pick(5)->id;
  auto gone =
    ask("/v3/grants/g1/messages/" + encode(id), "GET", "", {{"X-Sim-Fault", "id-change"}});
  BOOST_TEST(gone.status == 404);
  BOOST_TEST(events.size() == 2u);
}

BOOST_AUTO_TEST_CASE(limits_are_enforced_when_asked_and_reported_always) {
  auto answered = ask(messages);
  BOOST_TEST(header(answered, "Nylas-Gmail-Quota-Usage") == "105");
  BOOST_TEST(header(answered, "Nylas-Provider-Request-Count") == "6");
  auto settings = in.current();
  settings.rate_limits = true;
  settings.units_object = 1000;
  in.change(settings);
  int limited = 0;
  std::string last;
  for (int i = 0; i < 10; ++i)
    if (auto out = ask(messages); out.status == 429) {
      ++limited;
      last = out.body;
    }
  BOOST_TEST(limited >= 7); // the minute may turn in between
  BOOST_TEST(last.find("rate_limit_error") != std::string::npos);
}

struct price_row {
  provider kind;
  const char* what;
  const char* target; // `*` is a message
  const char* units;  // empty: no such header
  const char* requests;
};
std::ostream& operator<<(std::ostream& out, const price_row& x) {
  return out << to_string(x.kind) << " " << x.what;
}
const price_row price_rows[] = {
  {provider::google, "messages", "messages?limit=5", "105", "6"},
  {provider::google, "message", "messages/*", "20", "1"},
  {provider::google, "unknown message", "messages/nothing", "20", "1"},
  {provider::google, "threads", "threads?limit=5", "205", "6"},
  {provider::google, "folders", "folders", "13", "13"},
  {provider::google, "refused", "messages?limit=0", "0", "0"},
  {provider::microsoft, "messages", "messages?limit=5", "", "1"},
  {provider::microsoft, "message", "messages/*", "", "1"},
  {provider::microsoft, "threads", "threads?limit=5", "", "6"},
  {provider::imap, "messages", "messages?limit=5", "", "1"},
};

BOOST_DATA_TEST_CASE(each_call_has_its_price, data::make(price_rows), row) {
  faults_fixture here{small(row.kind)};
  std::string target = std::string("/v3/grants/g1/") + row.target;
  if (target.back() == '*')
    target = target.substr(0, target.size() - 1) + encode(here.grant().mail->pick(1)->id);
  const auto answered = here.ask(target);
  BOOST_TEST(here.header(answered, "Nylas-Gmail-Quota-Usage") == row.units);
  BOOST_TEST(here.header(answered, "Nylas-Provider-Request-Count") == row.requests);
}

BOOST_AUTO_TEST_CASE(what_all_calls_cost_is_summed) {
  ask(messages);
  ask(messages);
  ask("/v3/grants/g1/threads?limit=5");
  auto all = json("/sim/statistics");
  const auto& requests = all["data"]["requests"];
  BOOST_TEST(requests["gmail_units"].GetInt() == 2 * 105 + 205);
  BOOST_TEST(requests["provider_requests"].GetInt() == 18);
  BOOST_TEST(requests["costs"]["GET /v3/grants/*/threads"]["gmail_units"].GetInt() == 205);
  BOOST_TEST(all["data"]["grants"]["g1"]["gmail_units"].GetInt() == 2 * 105 + 205);
  BOOST_TEST(requests["costs"]["GET /v3/grants/*/messages"]["provider_requests"].GetInt() == 12);
}

BOOST_AUTO_TEST_CASE(microsoft_counts_the_requests_that_a_call_becomes) {
  grant_usage usage;
  const auto now = grant_usage::time_point{} + 1h;
  usage.begin(now, 0ms);
  usage.charge({0, 10'000}, now);
  BOOST_TEST(usage.refuse(provider::microsoft, now).has_value());
  BOOST_TEST(!usage.refuse(provider::microsoft, now + 10min));
}

BOOST_AUTO_TEST_CASE(microsoft_takes_four_at_once) {
  grant_usage usage;
  const auto now = grant_usage::time_point{} + 1h;
  for (int i = 0; i < 4; ++i) {
    BOOST_TEST(!usage.refuse(provider::microsoft, now));
    usage.begin(now, 100ms);
  }
  auto over = usage.refuse(provider::microsoft, now + 99ms);
  BOOST_REQUIRE(over.has_value());
  BOOST_TEST(over->by_provider);
  BOOST_TEST(!usage.refuse(provider::microsoft, now + 100ms));
  BOOST_TEST(usage.concurrent_max() == 4u);
}

BOOST_AUTO_TEST_CASE(nylas_takes_two_hundred_a_second_of_each_grant) {
  grant_usage usage;
  const auto now = grant_usage::time_point{} + 1h;
  for (int i = 0; i < 200; ++i) {
    BOOST_TEST(!usage.refuse(provider::imap, now));
    usage.begin(now, 0ms);
  }
  auto over = usage.refuse(provider::imap, now + 999ms);
  BOOST_REQUIRE(over.has_value());
  BOOST_TEST(!over->by_provider);
  BOOST_TEST(!usage.refuse(provider::imap, now + 1s));
}

BOOST_AUTO_TEST_SUITE_END()
