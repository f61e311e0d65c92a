#include "messages/timer.hpp"

#include "actors/observed_actor.hpp"
#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_cast.hpp>
#include <caf/scoped_actor.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

using namespace nova;
using namespace std::chrono_literals;

namespace {

struct waiting_state : observed {
  static inline const char* name = "waiting";

  explicit waiting_state(untold_actor::pointer self) : observed(self), self(self) {}

  untold_actor::pointer self;
  timer alarm{self};
};

/// What a test wants it to do, on its own thread.
using step = std::function<void(waiting_state&)>;

untold_actor::behavior_type waiting(observed_pointer<untold_actor, waiting_state> self,
                                    std::shared_ptr<actor_directory> directory, step first) {
  self->state.slot = directory->open({"waiting", "", ""});
  first(self->state);
  return untold();
}

struct fixture : test::actor_fixture {
  std::shared_ptr<actor_directory> directory = std::make_shared<actor_directory>();
  std::vector<int> heard;
  untold_actor actor;

  void start(step first) {
    actor = system.spawn(waiting, directory, std::move(first));
    run();
  }

  std::function<void()> hear(int number) {
    return [this, number] { heard.push_back(number); };
  }

  void control(actor_control what) {
    nova::control(caf::actor_cast<caf::strong_actor_ptr>(actor), what);
    run();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(timer_test, fixture)

BOOST_AUTO_TEST_CASE(it_comes_once_and_not_before_its_time) {
  start([this](waiting_state& state) { state.alarm.after(1s, hear(1)); });
  advance(999ms);
  BOOST_TEST(heard.empty());
  advance(1ms);
  advance(10s);
  BOOST_TEST(heard == std::vector{1});
}

BOOST_AUTO_TEST_CASE(set_again_its_earlier_time_is_void) {
  start([this](waiting_state& state) {
    state.alarm.after(1s, hear(1));
    state.alarm.after(2s, hear(2));
  });
  advance(1s);
  BOOST_TEST(heard.empty());
  advance(1s);
  BOOST_TEST(heard == std::vector{2});
}

BOOST_AUTO_TEST_CASE(a_stopped_one_does_not_come) {
  start([this](waiting_state& state) {
    state.alarm.after(1s, hear(1));
    state.alarm.stop();
    BOOST_TEST(!state.alarm.is_set());
  });
  advance(2s);
  BOOST_TEST(heard.empty());
}

BOOST_AUTO_TEST_CASE(it_is_set_until_it_comes_and_may_set_itself_again) {
  start([this](waiting_state& state) {
    state.alarm.after(1s, [this, &state] {
      heard.push_back(state.alarm.is_set() ? 1 : 0);
      state.alarm.after(1s, hear(2));
    });
    BOOST_TEST(state.alarm.is_set());
  });
  advance(1s);
  BOOST_TEST(heard == std::vector{0});
  advance(1s);
  BOOST_TEST((heard == std::vector{0, 2}));
}

BOOST_AUTO_TEST_CASE(while_the_actor_is_suspended_it_waits) {
  start([this](waiting_state& state) { state.alarm.after(1s, hear(1)); });
  control(actor_control::suspend);
  advance(5s);
  BOOST_TEST(heard.empty());
  control(actor_control::wake);
  BOOST_TEST(heard == std::vector{1});
}

BOOST_AUTO_TEST_CASE(it_is_lost_with_the_actor) {
  start([this](waiting_state& state) {
    state.alarm.after(1s, hear(1));
    call_after(state.self, 500ms, [&state] { state.self->quit(); });
  });
  advance(5s);
  BOOST_TEST(heard.empty());
}

BOOST_AUTO_TEST_CASE(what_it_calls_may_crash_the_actor_with_its_reason) {
  start([](waiting_state& state) {
    state.alarm.after(1s, [] { throw std::runtime_error("out of cheese"); });
  });
  caf::scoped_actor watcher{system};
  watcher->monitor(actor);
  advance(1s);
  std::string reason;
  watcher->receive([&](const caf::down_msg& down) { reason = to_string(down.reason); });
  BOOST_TEST(reason.find("out of cheese") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
