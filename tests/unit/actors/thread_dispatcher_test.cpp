#include "actors/thread_dispatcher.hpp"

#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/backfill_database.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>

#include <deque>

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr const char* one_message = R"({"request_id":"r","data":[{"id":"m","object":"message",)"
                                    R"("grant_id":"g","thread_id":"t","subject":"s","body":"b",)"
                                    R"("folders":[],"unread":false,"starred":false,"date":1}]})";

/// Tells the fake API to answer its oldest calls. It must do so itself: a promise belongs to its
/// actor.
struct give_answers {
  size_t count = 0;
  int status = 0;
  std::string body;
};

template <class Inspector>
auto inspect(Inspector& f, give_answers& x) {
  return f(x.count, x.status, x.body);
}

using fake_api = grants_actor::extend<caf::reacts_to<give_answers>>;

/// Threads in a queue, an API that answers when the test says so, and a store that takes
/// everything.
struct fixture : test::actor_fixture {
  fixture() {
    database.on_claim = [this](const claim_threads& request) {
      asked.push_back(request.limit);
      threads_claimed answer;
      while (!queued.empty() && answer.claims.size() < request.limit) {
        answer.claims.push_back(queued.front());
        queued.pop_front();
      }
      return answer;
    };
    database.on_end = [this](const end_threads& request) {
      failures.insert(failures.end(), request.failures.begin(), request.failures.end());
      return threads_ended{static_cast<uint32_t>(request.failures.size())};
    };
    database.on_release = [this]() -> caf::result<threads_released> {
      ++releases;
      if (away)
        return ec::database_unavailable;
      return threads_released{};
    };
    api = system.spawn([this](fake_api::pointer fake) -> fake_api::behavior_type {
      return {
        [this, fake](const call_grant&) {
          auto promise = fake->make_response_promise<api_answered>();
          calls.push_back(promise);
          return promise;
        },
        [](const pause_grant&) {},
        [](const resume_grant&) {},
        [this](const give_answers& what) {
          for (size_t i = 0; i < what.count && !calls.empty(); ++i) {
            api_answered answered;
            answered.status = what.status;
            answered.body = what.body;
            calls.front().deliver(answered);
            calls.pop_front();
          }
        },
      };
    });
    store = system.spawn([this]() -> mail_store_actor::behavior_type {
      return {
        [this](const store_messages& request) {
          completed += request.completes ? 1 : 0;
          return messages_stored{};
        },
        [](const flush_batch&) {},
      };
    });
  }

  ~fixture() {
    calls.clear();
    self->send_exit(dispatcher, caf::exit_reason::kill);
    run();
  }

  void queue_threads(int count) {
    for (int i = 0; i < count; ++i) {
      thread_claim claim;
      claim.thread = thread_id{"t" + std::to_string(i)};
      claim.grant = grant_id{"g"};
      claim.token = i;
      queued.push_back(claim);
    }
  }

  void start() {
    thread_dispatcher_settings settings;
    settings.window = 4;
    settings.refill = 2;
    settings.poll = 5s;
    dispatcher =
      system.spawn(thread_dispatcher, base::directory_slot{},
                   thread_dispatcher_links{database.spawn(system), api, store, {}, {}}, settings);
    run();
  }

  void answer(size_t count, int status, const std::string& body) {
    self->send(api, give_answers{count, status, body});
    run();
  }

  test::backfill_database database;
  std::deque<thread_claim> queued;
  std::deque<caf::typed_response_promise<api_answered>> calls;
  std::vector<uint32_t> asked;
  std::vector<thread_failed> failures;
  int completed = 0;
  int releases = 0;
  bool away = false;
  fake_api api;
  mail_store_actor store;
  thread_dispatcher_actor dispatcher;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(thread_dispatcher_test, fixture)

BOOST_AUTO_TEST_CASE(no_more_threads_run_than_the_window_allows) {
  queue_threads(10);
  start();
  BOOST_TEST(calls.size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_refill_waits_until_it_is_worth_a_claim_and_all_are_done_in_the_end) {
  queue_threads(10);
  start();
  answer(1, 200, one_message);
  BOOST_TEST(asked.size() == 1u);

  answer(1, 200, one_message);
  BOOST_TEST(asked.size() == 2u);
  for (int i = 0; i < 10; ++i)
    answer(4, 200, one_message);
  BOOST_TEST(completed == 10);
}

BOOST_AUTO_TEST_CASE(with_nothing_left_it_asks_again_on_a_hint_and_on_the_poll) {
  start();
  auto before = asked.size();
  run();
  BOOST_TEST(asked.size() == before);

  self->send(dispatcher, threads_available{});
  run();
  BOOST_TEST(asked.size() == before + 1);
  advance(5s);
  BOOST_TEST(asked.size() == before + 2);
}

BOOST_AUTO_TEST_CASE(a_throttled_thread_goes_back_without_an_attempt) {
  queue_threads(1);
  start();
  answer(1, 429, R"({"request_id":"r","error":{"type":"rate_limit_error","message":"slow"}})");
  advance(30ms);
  BOOST_REQUIRE(failures.size() == 1u);
  BOOST_TEST(failures[0].throttled);
  BOOST_TEST(!failures[0].permanent);
}

BOOST_AUTO_TEST_CASE(a_server_error_costs_an_attempt_and_names_its_reason) {
  queue_threads(1);
  start();
  answer(1, 500, R"({"request_id":"r","error":{"type":"api.internal_error","message":"oops"}})");
  advance(30ms);
  BOOST_REQUIRE(failures.size() == 1u);
  BOOST_TEST(!failures[0].throttled);
  BOOST_TEST(!failures[0].permanent);
  BOOST_TEST(failures[0].reason.find("500") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_request_that_the_provider_refuses_fails_for_good) {
  queue_threads(1);
  start();
  answer(1, 400, R"({"request_id":"r","error":{"type":"invalid_request_error","message":"no"}})");
  advance(30ms);
  BOOST_REQUIRE(failures.size() == 1u);
  BOOST_TEST(failures[0].permanent);
}

BOOST_AUTO_TEST_CASE(half_a_body_is_tried_again) {
  queue_threads(1);
  start();
  answer(1, 200, R"({"request_id":"r","data":[{"id":)");
  advance(30ms);
  BOOST_REQUIRE(failures.size() == 1u);
  BOOST_TEST(!failures[0].permanent);
  BOOST_TEST(completed == 0);
}

BOOST_AUTO_TEST_CASE(what_an_earlier_life_held_is_given_back_even_when_the_database_is_late) {
  away = true;
  queue_threads(1);
  start();
  BOOST_TEST(asked.empty());

  away = false;
  advance(1s);
  BOOST_TEST(releases == 2);
  BOOST_TEST(calls.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stop_lets_running_threads_end_and_claims_nothing_more) {
  queue_threads(10);
  start();
  self->monitor(dispatcher);
  self->send_exit(dispatcher, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(self->mailbox().empty());

  answer(4, 200, one_message);
  BOOST_TEST(completed == 4);
  BOOST_TEST(calls.empty());
  BOOST_TEST(!self->mailbox().empty()); // its down message
}

BOOST_AUTO_TEST_SUITE_END()
