#include "actors/grants.hpp"
#include "messages/error_code.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/unit/actors/inbox_fake.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <functional>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

const std::string valid_grant = R"({"request_id":"r","data":{"id":"g1","grant_status":"valid"}})";
const std::string invalid_grant =
  R"({"request_id":"r","data":{"id":"g1","grant_status":"invalid"}})";

api_answered no_answer() {
  auto answer = an_answer(0, "");
  answer.failure = "connection refused";
  return answer;
}

api_answered unauthorized() {
  return an_answer(401, an_error("unauthorized", "Unauthorized"));
}

api_answered throttled() {
  auto answer = an_answer(429, an_error("rate_limit_error", "slow"));
  answer.retry_after = "1";
  return answer;
}

/// The door of a node, to an API whose parts fail as the test says.
struct fixture : actor_fixture {
  fixture() {
    database.inbox.id.value = "i1";
    database.inbox.provider = "nylas";
    database.inbox.status = "active";
    handle = database.spawn(system);
    http = system.spawn([this]() -> http_client_actor::behavior_type {
      return {[this](const nylas::api_request& call) -> caf::result<api_answered> {
        calls.push_back(call.target);
        return judged(call, answer_to(call.target));
      }};
    });
    limits.live = live;
    door = system.spawn(grants, directory_slot{},
                        grants_needs{handle, http, nullptr, nullptr, "n1"}, limits);
    run();
  }

  ~fixture() {
    for (const auto& actor : {caf::actor_cast<caf::actor>(door), caf::actor_cast<caf::actor>(http),
                              caf::actor_cast<caf::actor>(handle)})
      self->send_exit(actor, caf::exit_reason::kill);
    run();
  }

  api_answered answer_to(const std::string& target) {
    if (target.starts_with("/v3/grants?"))
      return application();
    if (target.find('/', std::string{"/v3/grants/"}.size()) == std::string::npos)
      return grant();
    if (target.find("thread_id=bad") != std::string::npos)
      return item();
    return target.find("/g2/") == std::string::npos ? mailbox() : other_mailbox();
  }

  void call(const std::string& thread = "t1", const std::string& grant = "g1") {
    call_grant request;
    request.grant.value = grant;
    request.call.target = "/v3/grants/" + grant + "/messages?limit=200&thread_id=" + thread;
    auto to = told;
    auto whom = door;
    system.spawn([whom, to, request](caf::event_based_actor* asker) {
      asker->request(whom, caf::infinite, request)
        .then(
          [to](const api_answered& a) {
            to->push_back(std::to_string(a.status) + (a.alone ? " alone" : ""));
          },
          [to](const caf::error& e) { to->push_back(describe(e)); });
    });
    run();
  }

  [[nodiscard]] bool told_last(const std::string& start) const {
    return !told->empty() && told->back().starts_with(start);
  }

  using answering = std::function<api_answered()>;
  answering fine = [] { return an_answer(200, a_page("")); };
  answering mailbox = fine, other_mailbox = fine, application = fine, item = fine;
  answering grant = [] { return an_answer(200, valid_grant); };

  inbox_database_fake database;
  database_actor handle;
  http_client_actor http;
  std::shared_ptr<live_limits> live = std::make_shared<live_limits>();
  grant_limits limits;
  grants_home_actor door;
  std::vector<std::string> calls;
  std::shared_ptr<std::vector<std::string>> told = std::make_shared<std::vector<std::string>>();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(provider_watch_test, fixture)

BOOST_AUTO_TEST_CASE(what_is_refused_while_its_mailbox_answers_is_at_fault_itself) {
  for (int status : {401, 403, 500}) {
    item = [status] { return an_answer(status, an_error("api.error", "no")); };
    call("bad");
    BOOST_TEST(told->back() == std::to_string(status) + " alone");
  }
  BOOST_TEST(database.asked<pg::set_inbox_status>().empty());
  BOOST_TEST(database.asked<pg::record_outage>().empty());
}

BOOST_AUTO_TEST_CASE(one_that_is_throttled_again_and_again_while_no_other_is_is_at_fault_itself) {
  item = throttled;
  for (const char* expected : {"429", "429", "429", "429 alone", "429 alone"}) {
    call("bad");
    for (int i = 0; i < 5; ++i)
      advance(1s);
    BOOST_TEST(told->back() == expected);
  }
}

BOOST_AUTO_TEST_CASE(while_others_are_throttled_too_it_is_the_grant) {
  item = throttled;
  for (int i = 0; i < 6; ++i) {
    mailbox = item;
    call("t" + std::to_string(i));
    for (int second = 0; second < 5; ++second)
      advance(1s);
    mailbox = fine;
    call("bad");
    for (int second = 0; second < 5; ++second)
      advance(1s);
  }
  for (const auto& one : *told)
    BOOST_TEST(one == "429");
}

BOOST_AUTO_TEST_CASE(a_grant_that_is_throttled_is_never_an_items_fault) {
  mailbox = item = throttled;
  for (int i = 0; i < 4; ++i) {
    call("bad");
    for (int second = 0; second < 5; ++second)
      advance(1s);
  }
  BOOST_TEST(told->size() == 4u);
  for (const auto& one : *told)
    BOOST_TEST((one == "429" || one.starts_with("rate_limited")));
}

BOOST_AUTO_TEST_CASE(without_an_answer_from_anywhere_nothing_is_called_any_more) {
  mailbox = application = grant = no_answer;
  call();
  BOOST_TEST(told_last("provider_unreachable"));
  BOOST_REQUIRE(!database.asked<pg::record_outage>().empty());
  BOOST_TEST((database.asked<pg::record_outage>()[0].scope == outage_scope::network));
  BOOST_TEST(database.asked<pg::record_outage>()[0].subject == "n1");
  BOOST_TEST(database.asked<pg::record_outage>()[0].error.find("connection refused")
             != std::string::npos);
  BOOST_TEST(live->provider_away.load());

  auto before = calls.size();
  for (int i = 0; i < 100; ++i)
    call("t" + std::to_string(i), i % 2 == 0 ? "g1" : "g2");
  BOOST_TEST(calls.size() == before);
  BOOST_TEST(told_last("provider_unreachable"));
  // Probes: two calls each, ever slower.
  for (int i = 0; i < 600; ++i)
    advance(1s);
  BOOST_TEST(calls.size() > before + 20);
  BOOST_TEST(calls.size() < before + 100);
}

BOOST_AUTO_TEST_CASE(the_return_is_noticed_within_a_minute_and_the_row_goes) {
  mailbox = application = grant = no_answer;
  call();
  for (int i = 0; i < 600; ++i)
    advance(1s);
  mailbox = application = fine;
  for (int i = 0; i < 45; ++i)
    advance(1s);
  BOOST_TEST(!live->provider_away.load());
  BOOST_REQUIRE(!database.asked<pg::end_outage>().empty());
  BOOST_TEST(database.asked<pg::end_outage>().back().subject == "n1");
  call();
  BOOST_TEST(told->back() == "200");
}

BOOST_AUTO_TEST_CASE(a_page_of_a_proxy_is_the_networks) {
  for (int status : {200, 401, 403, 407, 502}) {
    mailbox = application = grant = [status] { return an_answer(status, "<html>log in</html>"); };
    call();
    BOOST_TEST(told_last("provider_unreachable"));
    BOOST_REQUIRE(!database.asked<pg::record_outage>().empty());
    BOOST_TEST((database.asked<pg::record_outage>().back().scope == outage_scope::network));
    mailbox = application = fine;
    advance(2s);
    advance(2s);
    BOOST_TEST(!live->provider_away.load());
  }
  BOOST_TEST(database.asked<pg::set_inbox_status>().empty());
}

BOOST_AUTO_TEST_CASE(a_wrong_key_is_the_applications_and_blames_no_inbox) {
  mailbox = application = grant = unauthorized;
  call();
  BOOST_TEST(told_last("provider_unreachable"));
  BOOST_REQUIRE(!database.asked<pg::record_outage>().empty());
  BOOST_TEST((database.asked<pg::record_outage>()[0].scope == outage_scope::application));
  BOOST_TEST(database.asked<pg::set_inbox_status>().empty());
}

BOOST_AUTO_TEST_CASE(an_invalid_grant_is_paused_and_its_inbox_says_so) {
  mailbox = unauthorized;
  grant = [] { return an_answer(200, invalid_grant); };
  call();
  BOOST_TEST(told_last("grant_paused"));
  BOOST_REQUIRE(database.asked<pg::set_inbox_status>().size() == 1u);
  BOOST_TEST(database.asked<pg::set_inbox_status>()[0].status == "auth_expired");
  BOOST_TEST(!live->provider_away.load());
  auto before = calls.size();
  call();
  BOOST_TEST(calls.size() == before);
  call("t1", "g2");
  BOOST_TEST(told->back() == "200");
}

BOOST_AUTO_TEST_CASE(a_401_of_the_grant_alone_is_its_own) {
  mailbox = grant = unauthorized;
  call();
  BOOST_TEST(told_last("grant_paused"));
  BOOST_TEST(database.asked<pg::set_inbox_status>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_grant_that_is_valid_and_refuses_is_not_to_be_authorised_again) {
  mailbox = unauthorized;
  call();
  BOOST_TEST(told_last("provider_unreachable"));
  BOOST_TEST(database.asked<pg::set_inbox_status>().empty());
  BOOST_REQUIRE(database.asked<pg::record_outage>().size() == 1u);
  BOOST_TEST((database.asked<pg::record_outage>()[0].scope == outage_scope::grant));
  BOOST_TEST(database.asked<pg::record_outage>()[0].subject == "g1");
}

BOOST_AUTO_TEST_CASE(one_mailbox_that_is_away_holds_up_no_other) {
  mailbox = [] { return an_answer(503, an_error("provider_error", "down")); };
  call();
  BOOST_TEST(told_last("provider_unreachable"));
  BOOST_REQUIRE(database.asked<pg::record_outage>().size() == 1u);
  BOOST_TEST((database.asked<pg::record_outage>()[0].scope == outage_scope::grant));
  auto before = calls.size();
  call();
  BOOST_TEST(calls.size() == before);
  call("t1", "g2");
  BOOST_TEST(told->back() == "200");
}

BOOST_AUTO_TEST_CASE(while_another_grant_can_be_called_a_failure_is_the_grants) {
  mailbox = [this] {
    call("t2", "g2");
    return an_answer(503, an_error("provider_error", "down"));
  };
  application = [] { return an_answer(503, ""); };
  call();
  for (int i = 0; i < 3; ++i)
    run();
  BOOST_TEST(!live->provider_away.load());
  BOOST_REQUIRE(database.asked<pg::record_outage>().size() == 1u);
  BOOST_TEST((database.asked<pg::record_outage>()[0].scope == outage_scope::grant));
}

BOOST_AUTO_TEST_CASE(a_grant_that_was_away_is_probed_as_the_rows_say) {
  mailbox = [] { return an_answer(503, an_error("provider_error", "down")); };
  call();
  mailbox = fine;
  database.probes = {grant_id{"g1"}};
  advance(5s);
  BOOST_REQUIRE(!database.asked<pg::end_outage>().empty());
  BOOST_TEST(database.asked<pg::end_outage>().back().subject == "g1");
  call();
  BOOST_TEST(told->back() == "200");
}

BOOST_AUTO_TEST_CASE(after_a_restart_too_and_an_expired_inbox_is_active_again) {
  database.inbox.status = "auth_expired";
  call();
  BOOST_TEST(told_last("grant_paused"));
  database.probes = {grant_id{"g1"}};
  advance(5s);
  BOOST_REQUIRE(database.asked<pg::set_inbox_status>().size() == 1u);
  BOOST_TEST(database.asked<pg::set_inbox_status>()[0].status == "active");
  call();
  BOOST_TEST(told->back() == "200");
}

BOOST_AUTO_TEST_CASE(a_node_that_cannot_call_probes_no_grants) {
  mailbox = application = grant = unauthorized;
  call();
  auto before = database.asked<pg::claim_probes>().size();
  for (int i = 0; i < 60; ++i)
    advance(1s);
  BOOST_TEST(database.asked<pg::claim_probes>().size() == before);
}

BOOST_AUTO_TEST_SUITE_END()
