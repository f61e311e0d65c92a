#include "actors/promised_answer.hpp"

#include "actors/observed.hpp"
#include "actors/queue_work.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <stdexcept>
#include <vector>

using namespace nova;
using namespace std::chrono_literals;

namespace {

using end_now = int; // how: see the debtor
constexpr end_now answering = 0, crashing = 1, quitting = 2;

using debtor_actor = queue_work_actor::extend<caf::reacts_to<end_now>>;

struct debtor_state : observed {
  explicit debtor_state(debtor_actor::pointer self) : observed(self) {}
  std::vector<promised_answer<work_ended>> promised;
};

/// Owes an answer to everybody who asks: in its state, or in the handler of a request to an actor
/// that never answers.
debtor_actor::behavior_type debtor(debtor_actor::stateful_pointer<debtor_state> self,
                                   queue_work_actor silent) {
  return {
    [self, silent](const queue_message& message) -> caf::result<work_ended> {
      auto answer = owe_answer<work_ended>(self);
      if (silent)
        timed_request(self, silent, 3600s, message)
          .then([answer](const work_ended& ended) { answer.deliver(ended); },
                [answer](const caf::error& reason) { answer.deliver(reason); });
      else
        self->state.promised.push_back(answer);
      return answer;
    },
    [self](end_now how) {
      if (how == crashing)
        throw std::runtime_error("a bug");
      if (how == quitting)
        self->quit();
      for (auto& answer : self->state.promised)
        answer.deliver(work_ended{message_disposition::archived, false, {}});
      self->state.promised.clear();
    },
  };
}

struct fixture : test::actor_fixture {
  fixture() {
    silent = system.spawn([this](queue_work_actor::pointer me) -> queue_work_actor::behavior_type {
      return {[this, me](const queue_message&) -> caf::result<work_ended> {
        never.push_back(me->make_response_promise<work_ended>());
        return never.back();
      }};
    });
  }

  ~fixture() {
    self->send_exit(debtor_handle, caf::exit_reason::kill);
    self->send_exit(silent, caf::exit_reason::kill);
    run();
    never.clear();
  }

  /// Two ask, then it ends in that way: what the two are told.
  std::vector<std::string> told(const queue_work_actor& waits_for, end_now how) {
    debtor_handle = system.spawn(debtor, waits_for);
    auto heard = std::make_shared<std::vector<std::string>>();
    for (int i = 0; i < 2; ++i)
      system.spawn([whom = debtor_handle, heard](caf::event_based_actor* asker) {
        asker->request(whom, caf::infinite, queue_message{})
          .then(
            [heard](const work_ended& ended) { heard->push_back(to_string(ended.disposition)); },
            [heard](const caf::error& reason) { heard->push_back(describe(reason)); });
      });
    run();
    self->send(debtor_handle, how);
    run();
    return *heard;
  }

  std::vector<caf::typed_response_promise<work_ended>> never;
  queue_work_actor silent;
  debtor_actor debtor_handle;
};

using texts = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(promised_answer_test, fixture)

BOOST_AUTO_TEST_CASE(who_asked_gets_the_answer_once) {
  BOOST_TEST(told(queue_work_actor{}, answering) == (texts{"archived", "archived"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_crash_tells_those_whose_answer_is_owed_in_the_state) {
  BOOST_TEST(told(queue_work_actor{}, crashing)
               == (texts{"request_receiver_down", "request_receiver_down"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_crash_tells_those_whose_answer_waits_for_another_actor) {
  BOOST_TEST(told(silent, crashing) == (texts{"request_receiver_down", "request_receiver_down"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_normal_end_tells_them_too) {
  BOOST_TEST(told(silent, quitting) == (texts{"request_receiver_down", "request_receiver_down"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
