#include "actors/endpoint_watch.hpp"

#include "tests/support/database_fake.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

struct fixture : actor_fixture {
  fixture() {
    database.on<pg::note_webhook_endpoints>(
      [](const auto&) { return std::vector<pg::endpoint_change>{}; });
    handle = database.spawn(system);
    http = system.spawn([this](http_client_actor::pointer) -> http_client_actor::behavior_type {
      return {[this](const nylas::api_request& request) {
        targets.push_back(request.target);
        auto which = std::min(targets.size() - 1, answers.size() - 1);
        return judged(request, answers.at(which));
      }};
    });
  }

  ~fixture() {
    for (const auto& actor :
         {caf::actor_cast<caf::actor>(watch), caf::actor_cast<caf::actor>(handle),
          caf::actor_cast<caf::actor>(http)})
      self->send_exit(actor, caf::exit_reason::kill);
    run();
  }

  void start(std::vector<api_answered> all) {
    answers = std::move(all);
    watch =
      system.spawn(endpoint_watch, directory_slot{}, endpoint_watch_needs{handle, http}, settings);
    run();
  }

  std::vector<pg::note_webhook_endpoints> noted() {
    return database.asked<pg::note_webhook_endpoints>();
  }

  static std::string an_endpoint(const std::string& id, const std::string& status) {
    return R"({"id":")" + id
           + R"(","webhook_url":"https://u:p@example.com/hook?token=x","status":")" + status
           + "\"}";
  }

  std::vector<api_answered> answers;
  std::vector<std::string> targets;
  database_fake database;
  database_actor handle;
  http_client_actor http;
  endpoint_watch_actor watch;
  endpoint_watch_settings settings;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(endpoint_watch_test, fixture)

BOOST_AUTO_TEST_CASE(endpoints_are_noted_hourly_and_whole) {
  start({an_answer(200, a_page(an_endpoint("e1", "active"), "next")),
         an_answer(200, a_page(an_endpoint("e2", "failed")))});
  BOOST_TEST(targets.empty()); // a node that restarts asks nothing
  advance(1min);
  BOOST_TEST(targets == (std::vector<std::string>{"/v3/webhooks", "/v3/webhooks?page_token=next"}),
             boost::test_tools::per_element());
  BOOST_REQUIRE(noted().size() == 1u);
  auto found = noted()[0];
  BOOST_TEST(found.ids == (std::vector<std::string>{"e1", "e2"}), boost::test_tools::per_element());
  BOOST_TEST(found.urls[1] == "https://example.com/hook"); // neither password nor token
  BOOST_TEST(found.statuses == (std::vector<std::string>{"active", "failed"}),
             boost::test_tools::per_element());
  advance(59min);
  BOOST_TEST(noted().size() == 1u);
  advance(1min);
  BOOST_TEST(noted().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_list_that_fails_notes_nothing_and_is_asked_for_again_soon) {
  start({an_answer(200, a_page(an_endpoint("e1", "active"), "next")), an_answer(500, ""),
         an_answer(403, an_error("forbidden", "no")), an_answer(200, a_page(""))});
  advance(1min);
  advance(5min);
  BOOST_TEST(noted().empty()); // what one page lacks is not gone
  advance(5min);
  BOOST_TEST(noted().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_list_without_an_end_notes_nothing) {
  start({an_answer(200, a_page(an_endpoint("e1", "active"), "same"))});
  advance(1min);
  BOOST_TEST(targets.size() == 20u);
  BOOST_TEST(noted().empty());
}

BOOST_AUTO_TEST_CASE(it_does_not_ask_while_nothing_can_be_called) {
  auto live = std::make_shared<live_limits>();
  live->provider_away = true;
  settings.live = live;
  start({an_answer(200, a_page(""))});
  advance(1min);
  BOOST_TEST(targets.empty());
  live->provider_away = false;
  advance(5min);
  BOOST_TEST(noted().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
