#include "actors/grants.hpp"

#include "messages/error_code.hpp"
#include "pg/email/note_pace.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/unit/actors/inbox_fake.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <deque>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

using answer_one = int; // with that status
using held_http = http_client_actor::extend<caf::reacts_to<answer_one>>;

/// An API that answers calls when it is told to.
struct fixture : actor_fixture {
  fixture() {
    database.inbox.id.value = "i1";
    database.inbox.provider = "microsoft";
    http = system.spawn([this](held_http::pointer me) -> held_http::behavior_type {
      return {
        [this, me](const nylas::api_request& call) -> caf::result<api_answered> {
          calls.push_back(call.target);
          open.push_back(me->make_response_promise<api_answered>());
          return open.back();
        },
        [this](answer_one status) {
          api_answered answer;
          answer.status = status;
          answer.body = body;
          answer.retry_after = retry_after;
          answer.gmail_quota_usage = units;
          answer.provider_requests = requests;
          open.front().deliver(test::judged({}, answer));
          open.pop_front();
        },
      };
    });
  }

  ~fixture() {
    for (const auto& actor : {caf::actor_cast<caf::actor>(door), caf::actor_cast<caf::actor>(http),
                              caf::actor_cast<caf::actor>(handle)})
      self->send_exit(actor, caf::exit_reason::kill);
    run();
    open.clear();
  }

  void start(grant_limits limits = {}) {
    handle = database.spawn(system);
    door = system.spawn(grants, directory->open({"grants", "", ""}),
                        grants_needs{handle, http, directory, homes}, limits);
    run();
  }

  /// Asks for a call; what comes of it goes to `told`.
  void call(const std::string& target, call_lane lane = call_lane::backfill) {
    nylas::api_request of;
    of.target = target;
    call(std::move(of), lane);
  }

  void call(nylas::api_request&& of, call_lane lane = call_lane::backfill,
            const directory_slot& asker_slot = {}) {
    call_grant request;
    request.asker = asker_slot;
    request.grant.value = "g1";
    request.lane = lane;
    request.call = std::move(of);
    auto to = told;
    auto whom = door;
    system.spawn([whom, to, request](caf::event_based_actor* asker) {
      asker->request(whom, caf::infinite, request)
        .then([to](const api_answered& a) { to->push_back(std::to_string(a.status)); },
              [to](const caf::error& e) { to->push_back(describe(e)); });
    });
    run();
  }

  [[nodiscard]] bool grant_says(const std::string& text) const {
    auto said = directory->snapshot({"grant", "", ""}).at(0).doing;
    BOOST_TEST_INFO(said);
    return said.find(text) != std::string::npos;
  }

  /// The API answers its oldest call.
  void answer(int status) {
    self->send(http, answer_one{status});
    run();
  }

  std::shared_ptr<actor_directory> directory = std::make_shared<actor_directory>();
  inbox_database_fake database;
  database_actor handle;
  held_http http;
  grants_home_actor door;
  std::shared_ptr<grant_homes> homes; // null: alone
  std::deque<caf::typed_response_promise<api_answered>> open;
  std::vector<std::string> calls;
  std::shared_ptr<std::vector<std::string>> told = std::make_shared<std::vector<std::string>>();
  std::string body = R"({"request_id":"r","data":[]})";
  std::string retry_after;
  std::optional<int> units, requests; // as the API bills
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(grants_test, fixture)

BOOST_AUTO_TEST_CASE(the_answer_of_the_api_reaches_who_asked) {
  start();
  call("/a");
  body = R"({"request_id":"r","error":{"type":"not_found_error","message":"no"}})";
  answer(404);
  BOOST_TEST(*told == std::vector<std::string>{"404"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_more_calls_run_than_the_pace_permits) {
  start();
  for (int i = 0; i < 20; ++i)
    call("/a");
  BOOST_TEST(open.size() >= 1u);
  BOOST_TEST(open.size() <= 4u);
  auto before = calls.size();
  answer(200);
  BOOST_TEST(calls.size() > before);
}

BOOST_AUTO_TEST_CASE(who_looks_sees_how_many_calls_wait_for_a_grant) {
  start();
  auto waits = [&] { return directory->find("grant/g1").at(0).row.waiting; };
  for (int i = 0; i < 20; ++i)
    call("/a");
  BOOST_TEST(waits() == 20 - calls.size());
  answer(200);
  BOOST_TEST(waits() == 20 - calls.size());
}

BOOST_AUTO_TEST_CASE(live_calls_go_before_those_of_a_backfill) {
  start();
  for (int i = 0; i < 20; ++i)
    call("/old");
  for (int i = 0; i < 10; ++i)
    call("/live", call_lane::live);
  auto before = calls.size();
  answer(200);
  BOOST_REQUIRE(calls.size() > before);
  BOOST_TEST(calls[before] == "/live");
}

BOOST_AUTO_TEST_CASE(calls_of_the_background_do_not_hold_up_those_of_a_backfill) {
  start();
  for (int i = 0; i < 5; ++i)
    call("/background", call_lane::background);
  call("/old");
  // One at a time, and the backfill beside it.
  BOOST_TEST((calls == std::vector<std::string>{"/background", "/old"}));
  answer(200);
  BOOST_TEST(calls.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_throttle_holds_further_calls_back_as_long_as_it_says) {
  start();
  call("/a");
  retry_after = "5";
  answer(429);
  retry_after = "";
  call("/b");
  BOOST_TEST(open.empty());
  for (int i = 0; i < 4; ++i)
    advance(1s);
  BOOST_TEST(open.empty());
  for (int i = 0; i < 20 && open.empty(); ++i)
    advance(1s);
  BOOST_TEST(open.size() == 1u);
}

BOOST_AUTO_TEST_CASE(beyond_its_bound_askers_are_turned_away) {
  grant_limits limits;
  limits.waiting_max = 2;
  start(limits);
  for (int i = 0; i < 20; ++i)
    call("/a");
  BOOST_REQUIRE(!told->empty());
  BOOST_TEST(told->front() == "overloaded");
  BOOST_TEST(told->size() + open.size() + 2 == 20u);
}

BOOST_AUTO_TEST_CASE(a_paused_grant_opens_again_when_it_is_told) {
  start();
  self->send(door, pause_grant{grant_id{"g1"}, "grant.expired"});
  run();
  call("/a");
  BOOST_TEST(open.empty());

  self->send(door, resume_grant{grant_id{"g1"}});
  run();
  call("/b");
  BOOST_TEST(open.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_paused_grant_reads_its_row_because_the_news_may_be_lost) {
  start();
  database.inbox.status = "auth_expired";
  self->send(door, pause_grant{grant_id{"g1"}, "grant.expired"});
  run();
  advance(10s);
  call("/a");
  BOOST_TEST(open.empty());
  database.inbox.status = "active";
  advance(10s);
  call("/b");
  BOOST_TEST(open.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_grant_whose_mailbox_was_away_starts_so) {
  database.inbox.status = "active";
  database.inbox.unreachable_since = 1;
  start();
  call("/a");
  BOOST_REQUIRE(told->size() == 1u);
  BOOST_TEST(told->front().starts_with("provider_unreachable"));
}

BOOST_AUTO_TEST_CASE(a_grant_whose_inbox_is_expired_starts_paused) {
  database.inbox.status = "auth_expired";
  start();
  call("/a");
  BOOST_REQUIRE(told->size() == 1u);
  BOOST_TEST(told->front().starts_with("grant_paused"));
}

BOOST_AUTO_TEST_CASE(the_permit_of_a_call_that_never_ends_lapses) {
  grant_limits limits;
  limits.fixed_delay = 10ms; // one call at a time
  start(limits);
  call("/a");
  call("/b");
  BOOST_TEST(calls.size() == 1u);
  for (int i = 0; i < 200; ++i)
    advance(1s);
  BOOST_TEST(calls.size() == 2u);
}

BOOST_AUTO_TEST_CASE(without_a_database_it_is_careful_and_asks_again_later) {
  database.away = true;
  start();
  call("/a");
  BOOST_TEST(open.size() == 1u);
  answer(200);
  database.away = false;
  database.inbox.status = "auth_expired";
  advance(5s);
  call("/b");
  call("/c");
  BOOST_TEST(told->back().starts_with("grant_paused"));
}

BOOST_AUTO_TEST_CASE(a_call_that_names_no_grant_is_refused) {
  start();
  ask(
    door, call_grant{}, [](const api_answered&) { BOOST_FAIL("called"); },
    [](const caf::error& e) { BOOST_TEST((e == ec::provider_refused)); });
}

BOOST_AUTO_TEST_CASE(what_a_backfill_waits_for_is_noted_every_few_seconds) {
  database.take<pg::note_pace>();
  start();
  for (int i = 0; i < 8; ++i)
    call("/" + std::to_string(i));
  advance(4s);
  answer(200);
  BOOST_TEST(database.asked<pg::note_pace>().empty());
  advance(2s);
  answer(200);
  auto noted = database.asked<pg::note_pace>();
  BOOST_REQUIRE(noted.size() == 1u);
  BOOST_TEST(noted[0].grant.value == "g1");
  BOOST_TEST(noted[0].binds == "places");
  BOOST_TEST(noted[0].calls_a_second > 0);
  BOOST_TEST(noted[0].units_a_second == 0);
}

BOOST_AUTO_TEST_CASE(a_call_waits_for_as_many_units_as_its_kind_has_cost) {
  database.inbox.provider = "google";
  start();
  auto page = [this] {
    nylas::message_query query{"g1"};
    query.limit = 10;
    call(nylas::list_messages(query));
  };
  page(); // 205 of the 240 that are everybody's at once
  page();
  BOOST_TEST(open.size() == 1u);
  units = 4 * 205; // four times the published price
  requests = 11;
  answer(200);
  advance(8s);
  BOOST_TEST(open.empty()); // a debt of 580, and 205 more
  advance(2s);
  BOOST_TEST(open.size() == 1u);
  // From then on it is paid before, so that no two are on credit.
  page();
  answer(200);
  advance(10s);
  BOOST_TEST(open.size() == 1u);
  page();
  BOOST_TEST(open.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_provider_that_names_no_price_is_asked_as_fast_as_before) {
  database.inbox.provider = "google";
  start();
  auto page = [this] {
    nylas::message_query query{"g1"};
    query.limit = 10;
    call(nylas::list_messages(query));
  };
  for (int i = 0; i < 8; ++i) {
    page(); // each 205 of the 240 that are everybody's at once, if it were believed to cost that
    BOOST_TEST(open.size() == 1u);
    answer(200);
  }
}

BOOST_AUTO_TEST_CASE(another_provider_of_the_inbox_reaches_the_living_pace) {
  start(); // Microsoft's four calls at one time, from two on
  call("/a");
  answer(200);
  database.inbox.provider = "google";
  advance(31s);
  call("/b"); // which looks
  answer(200);
  advance(2s); // it tells once a second at most
  call("/c");
  answer(200);
  BOOST_TEST(grant_says("units left, 95 a second"));
}

BOOST_AUTO_TEST_CASE(the_grant_says_who_waits_for_what) {
  start();
  for (int i = 0; i < 9; ++i)
    call("/" + std::to_string(i));
  advance(3s);
  answer(200);
  BOOST_TEST(grant_says("calls wait for places, 0 of them of other nodes, the oldest for 3.0 s"));
}

BOOST_AUTO_TEST_CASE(who_ended_while_it_waited_is_not_called_for) {
  start();
  for (int i = 0; i < 4; ++i)
    call("/" + std::to_string(i));
  auto waits = directory->open({"thread_sync", "t1", ""});
  waits.doing("fetching messages");
  nylas::api_request late;
  late.target = "/late";
  call(std::move(late), call_lane::backfill, waits);
  call("/after");
  BOOST_TEST(waits.doing() == "waits for leave to call grant g1: fetching messages");
  waits = {};
  while (!open.empty())
    answer(200);
  BOOST_TEST((std::ranges::find(calls, "/late") == calls.end()));
  BOOST_TEST((std::ranges::find(calls, "/after") != calls.end()));
}

BOOST_AUTO_TEST_CASE(live_mail_alone_is_no_pace_of_a_backfill) {
  database.take<pg::note_pace>();
  start();
  for (int i = 0; i < 3; ++i) {
    call("/live", call_lane::live);
    advance(3s);
    answer(200);
  }
  BOOST_TEST(database.asked<pg::note_pace>().empty());
}

BOOST_AUTO_TEST_SUITE_END()
