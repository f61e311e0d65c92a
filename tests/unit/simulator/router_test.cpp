#include "http/gzip.hpp"
#include "simulator/changes.hpp"
#include "simulator/random.hpp"
#include "world_fixture.hpp"

#include <boost/test/data/test_case.hpp>

using namespace nova::simulator;
namespace data = boost::unit_test::data;

namespace {

struct key_row {
  const char* what;
  const char* authorization;
  int status;
};
std::ostream& operator<<(std::ostream& out, const key_row& x) {
  return out << x.what;
}
const key_row keys[] = {
  {"right", "Bearer key", 200},       {"wrong", "Bearer other", 401},
  {"prefix of it", "Bearer ke", 401}, {"no scheme", "key", 401},
  {"other scheme", "Basic key", 401}, {"empty", "Bearer ", 401},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(router_test, world_fixture)

BOOST_DATA_TEST_CASE_F(world_fixture, the_key_opens, data::make(keys), row) {
  for (const char* target : {"/v3/grants/g1/messages", "/v3/grants", "/sim/statistics"})
    BOOST_TEST(ask(target, "GET", "", {{"Authorization", row.authorization}}).status == row.status);
}

BOOST_AUTO_TEST_CASE(an_access_token_opens_its_own_grant_only) {
  auto options = small();
  options.grants.push_back(
    {.id = "g2", .email = "bob@example.com", .mailbox = options.grants[0].mailbox});
  world_fixture here{options};
  const std::string token = "Bearer " + here.in.grants()[1]->access_token;
  auto with_token = [&](const char* target) {
    return here.ask(target, "GET", "", {{"Authorization", token}});
  };
  auto mine = with_token("/v3/grants/me");
  BOOST_TEST(mine.body.find("bob@example.com") != std::string::npos);
  BOOST_TEST(with_token("/v3/grants/g2/messages").status == 200);
  BOOST_TEST(with_token("/v3/grants/g1/messages").status == 401);
  BOOST_TEST(with_token("/v3/grants").status == 401);
  BOOST_TEST(with_token("/sim/statistics").status == 401);
  BOOST_TEST(here.ask("/v3/grants/me").status == 404);
}

BOOST_AUTO_TEST_CASE(a_grant_has_many_names) {
  for (const char* name : {"g1", "grant:g1", "ada@example.com", "ADA%40example.com",
                           "email:ada@example.com", "external:external-1"})
    BOOST_TEST(json(std::string("/v3/grants/") + name)["data"]["id"].GetString()
               == std::string("g1"));
}

BOOST_AUTO_TEST_CASE(a_mailbox_comes_back_as_another_grant) {
  const auto before = all_ids("/v3/grants/g1/messages?limit=200");
  const std::string id = json("/sim/grants/g1/replace", 200, "POST")["data"]["id"].GetString();
  BOOST_TEST(id != "g1");
  for (const char* target : {"/v3/grants/g1", "/v3/grants/g1/messages"})
    BOOST_TEST(json(target, 404)["error"]["type"].GetString() == std::string("grant.not_found"));
  BOOST_TEST(all_ids("/v3/grants/" + id + "/messages?limit=200") == before,
             boost::test_tools::per_element());
  auto message = json("/v3/grants/" + id + "/messages/" + encode(before[0]));
  BOOST_TEST(message["data"]["grant_id"].GetString() == id);
  BOOST_TEST(json("/v3/grants/ada@example.com")["data"]["id"].GetString() == id);
  BOOST_TEST(json("/v3/grants")["data"].Size() == 1u);
  BOOST_REQUIRE(events.size() == 2u);
  BOOST_TEST(events[0].type == "grant.deleted");
  BOOST_TEST(events[0].grant_id == "g1");
  BOOST_TEST(events[1].type == "grant.created");
  BOOST_TEST(events[1].grant_id == id);

  // What happens from now on is told of the new one, also when the old one is still at hand.
  BOOST_TEST(ask("/sim/grants/g1/replace", "POST").status == 404);
  changes{in}.create(grant(), {});
  BOOST_TEST(events.back().grant_id == id);
  world_fixture same;
  BOOST_TEST(same.json("/sim/grants/g1/replace", 200, "POST")["data"]["id"].GetString() == id);
}

BOOST_AUTO_TEST_CASE(grants_are_listed_by_offset) {
  auto options = small();
  for (int i = 2; i <= 15; ++i) {
    grant_options more;
    more.provider = provider::imap;
    more.mailbox.threads = 1;
    options.grants.push_back(more);
  }
  world_fixture here{options};
  BOOST_TEST(here.json("/v3/grants")["data"].Size() == 10u);
  BOOST_TEST(here.json("/v3/grants?offset=10")["data"].Size() == 5u);
  BOOST_TEST(here.json("/v3/grants?provider=imap&limit=200")["data"].Size() == 14u);
  BOOST_TEST(here.ask("/v3/grants?limit=201").status == 400);
}

BOOST_AUTO_TEST_CASE(every_answer_has_a_request_id_of_its_own) {
  auto id = [this](const char* target) {
    auto response = ask(target);
    auto document = read_json(response.body);
    for (const auto& [name, value] : response.headers)
      if (name == "x-request-id") {
        BOOST_TEST(value == (*document)["request_id"].GetString());
        return value;
      }
    return std::string{};
  };
  const auto first = id("/v3/grants/g1/messages");
  BOOST_TEST(!first.empty());
  BOOST_TEST(first != id("/v3/grants/g1/messages"));
  BOOST_TEST(!id("/v3/nothing").empty());
}

BOOST_AUTO_TEST_CASE(gzip_is_for_those_who_accept_it) {
  auto packed = ask("/v3/grants/g1/messages?limit=5", "GET", "", {{"Accept-Encoding", "gzip, br"}});
  auto plain = nova::http::gunzip(packed.body, 1 << 20);
  BOOST_REQUIRE(plain);
  BOOST_TEST(read_json(*plain).has_value());
  BOOST_TEST(packed.body.size() < plain->size());
  auto settings = in.current();
  settings.gzip = false;
  in.change(settings);
  auto flat = ask("/v3/grants/g1/messages?limit=5", "GET", "", {{"Accept-Encoding", "gzip"}});
  BOOST_TEST(read_json(flat.body).has_value());
}

BOOST_AUTO_TEST_CASE(any_bytes_in_the_target_or_the_body_are_answered) {
  const std::vector<std::string> beginnings = {
    "/v3/grants/g1/messages?page_token=", "/v3/grants/g1/messages/", "/v3/grants/", "/sim/", "?",
    "/v3/grants/g1/threads?limit=5&"};
  for (uint64_t i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (uint64_t j = 0; j < draw(i, 1) % 24; ++j)
      bytes += static_cast<char>(draw(i, 2, j) % 4 == 0 ? "%/?&=+{\"}["[draw(i, 3, j) % 10]
                                                        : draw(i, 4, j) % 256);
    const int status = ask(beginnings[i % beginnings.size()] + bytes).status;
    BOOST_TEST((status == 200 || (status >= 400 && status < 500)));
    const int changed = ask("/sim/settings", "PUT", "{" + bytes + "}").status;
    BOOST_TEST((changed == 200 || changed == 400));
    (void)fault_script::parse(R"({"rules":[{"fault":"429")" + bytes + "}]}");
  }
}

BOOST_AUTO_TEST_CASE(a_slash_too_many_does_no_harm) {
  BOOST_TEST(ask("//v3/grants/g1/threads/").status == 200);
}

BOOST_AUTO_TEST_CASE(writing_where_only_reading_is_simulated_is_405) {
  BOOST_TEST(ask("/v3/grants/g1/messages", "POST", "{}").status == 405);
}

BOOST_AUTO_TEST_CASE(settings_change_by_name_and_unknown_ones_are_refused) {
  BOOST_TEST(json("/sim/settings", 200, "PUT",
                  R"({"latency_ms":25,"clamp_limits":true})")["data"]["latency_ms"]
               .GetInt()
             == 25);
  auto clamped = ask("/v3/grants/g1/messages?limit=5000");
  BOOST_TEST(clamped.status == 200);
  BOOST_TEST((clamped.delay == std::chrono::milliseconds{25}));
  auto error = json("/sim/settings", 400, "PUT", R"({"latency":25})");
  BOOST_TEST(std::string(error["error"]["message"].GetString()).find("latency_ms")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(mail_is_changed_through_the_admin_routes) {
  auto made =
    json("/sim/grants/g1/messages", 200, "POST",
         R"({"subject":"Hi","body":"<p>one \"two\"</p>","from":[{"email":"x@example.com"}]})");
  const std::string id = made["data"]["id"].GetString();
  auto got = json("/v3/grants/g1/messages/" + encode(id));
  BOOST_TEST(got["data"]["body"].GetString() == std::string("<p>one \"two\"</p>"));
  BOOST_TEST(got["data"]["snippet"].GetString() == std::string("one \"two\""));
  json("/sim/grants/g1/messages/" + encode(id), 200, "PUT", R"({"starred":true})");
  BOOST_TEST(json("/v3/grants/g1/messages/" + encode(id))["data"]["starred"].GetBool());
  auto moved = json("/sim/grants/g1/messages/" + encode(id) + "/move", 200, "POST",
                    R"({"folder":"TRASH","new_id":true})");
  BOOST_TEST(moved["data"]["id"].GetString() != id);
  json("/sim/grants/g1/messages/" + encode(moved["data"]["id"].GetString()), 200, "DELETE");
  BOOST_TEST(ask("/sim/grants/g1/messages/" + encode(id), "DELETE").status == 404);
  BOOST_TEST(ask("/sim/grants/g1/messages", "POST", R"({"colour":"red"})").status == 400);
  BOOST_TEST(events.size() == 5u);
}

BOOST_AUTO_TEST_CASE(statistics_count_by_route_and_status) {
  ask("/v3/grants/g1/messages/" + encode(grant().mail->pick(1)->id));
  ask("/v3/grants/g1/messages/nothing");
  auto read = json("/sim/statistics");
  const auto& statuses = read["data"]["requests"]["routes"]["GET /v3/grants/*/messages/*"];
  BOOST_TEST(statuses["200"].GetInt() == 1);
  BOOST_TEST(statuses["404"].GetInt() == 1);
  BOOST_TEST(read["data"]["requests"]["total"].GetUint64() == 2u);
}

BOOST_AUTO_TEST_CASE(wrong_options_are_named) {
  auto options = small();
  options.grants.push_back(options.grants[0]);
  auto checked = validate(options);
  BOOST_REQUIRE(!checked);
  BOOST_TEST(checked.error().where == "grants");
  BOOST_CHECK_THROW(world{options}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
