#include "messages/timed_request.hpp"

#include "actors/backfill.hpp"
#include "actors/queue_work.hpp"
#include "messages/error_code.hpp"
#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/typed_event_based_actor.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

queue_work_actor::behavior_type answering(queue_work_actor::pointer) {
  return {
    [](const queue_message&) { return work_ended{}; },
  };
}

queue_work_actor::behavior_type refusing(queue_work_actor::pointer) {
  return {
    [](const queue_message&) -> caf::result<work_ended> { return ec::overloaded; },
  };
}

queue_work_actor::behavior_type silent(queue_work_actor::pointer self) {
  return {
    [self](const queue_message&) -> caf::result<work_ended> {
      return self->make_response_promise<work_ended>();
    },
  };
}

struct fixture : test::actor_fixture {
  /// An actor that asks `whom` once and counts what it hears.
  void ask(const queue_work_actor& whom) {
    asker =
      system.spawn([this, whom](backfill_actor::pointer self) -> backfill_actor::behavior_type {
        timed_request(self, whom, 10s, queue_message{})
          .then([this](const work_ended&) { ++answers; },
                [this](const caf::error& reason) { failure = reason; });
        return untold();
      });
    run();
  }

  size_t timers() {
    return scheduler().clock().schedule().size();
  }

  backfill_actor asker;
  int answers = 0;
  caf::error failure;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(timed_request_test, fixture)

BOOST_AUTO_TEST_CASE(an_answer_takes_the_time_out_back) {
  ask(system.spawn(answering));
  BOOST_TEST(answers == 1);
  BOOST_TEST(timers() == 0u);
}

BOOST_AUTO_TEST_CASE(a_refusal_takes_the_time_out_back) {
  ask(system.spawn(refusing));
  BOOST_TEST((failure == ec::overloaded));
  BOOST_TEST(timers() == 0u);
}

BOOST_AUTO_TEST_CASE(silence_ends_with_the_time_out) {
  auto whom = system.spawn(silent);
  ask(whom);
  BOOST_TEST(timers() == 1u);
  advance(9s);
  BOOST_TEST(!failure);
  advance(1s);
  BOOST_TEST((failure == caf::sec::request_timeout));
  BOOST_TEST(timers() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
