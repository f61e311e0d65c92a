#include "actors/supervisor.hpp"

#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>

#include <stdexcept>

using namespace nova;
using namespace std::chrono_literals;

namespace {

/// A child that ends as its message says: 0 normally, 1 by an exception, 2 by a lost node, 3 after
/// saying what it does and then by an exception.
using child_actor = caf::typed_actor<caf::replies_to<int>::with<int>>;

struct child_state : observed {
  static inline const char* name = "child";

  explicit child_state(child_actor::pointer self) : observed(self), self(self) {}

  int end(int how) {
    if (how == 3)
      doing("fetching page 7");
    if (how == 1 || how == 3)
      throw std::runtime_error("no luck");
    if (how == 2)
      self->quit(caf::exit_reason::remote_link_unreachable);
    else
      self->quit();
    return how;
  }

  child_actor::pointer self;
  std::vector<std::string>* events = nullptr;
  std::string key;
  bool stubborn = false;

  ~child_state() {
    if (events)
      events->push_back("-" + key);
  }
};

child_actor::behavior_type child(child_actor::stateful_pointer<child_state> self,
                                 base::directory_slot slot, std::vector<std::string>* events,
                                 bool stubborn) {
  self->state.key = slot.name().key;
  self->state.slot = std::move(slot);
  self->state.events = events;
  if (stubborn)
    self->set_exit_handler([](caf::exit_msg&) {});
  return {[self](int how) { return self->state.end(how); }};
}

struct fixture : test::actor_fixture {
  ~fixture() {
    self->send_exit(root, caf::exit_reason::kill);
    run();
  }

  child_factory factory() {
    return
      [this](supervisor_actor::pointer parent, const child_spec& spec, base::directory_slot slot) {
        if (broken == spec.key && failing_starts > 0) {
          --failing_starts;
          throw std::runtime_error("no file");
        }
        events.push_back("+" + spec.key);
        auto actor = parent->spawn(child, std::move(slot), &events, stubborn == spec.key);
        actors[spec.key] = actor;
        return caf::actor_cast<caf::strong_actor_ptr>(actor);
      };
  }

  child_spec spec(std::string key, restart_policy restart = restart_policy::permanent) {
    return {"child", std::move(key), restart, 2s};
  }

  supervisor_setup setup(restart_strategy strategy, std::vector<child_spec> children) {
    supervisor_setup with;
    with.directory = directory;
    with.slot = directory->open({"supervisor", "test", ""});
    with.rules = {strategy, {3, 10s}, {100ms, 1000ms, 2.0, 0.0}};
    with.factories["child"] = factory();
    with.children = std::move(children);
    with.report = [this](const record_failure& x) { reports.push_back(x); };
    with.seed = 1;
    return with;
  }

  void start(restart_strategy strategy, std::vector<child_spec> children) {
    root = system.spawn(supervisor, setup(strategy, std::move(children)));
    self->monitor(root);
    run();
  }

  void start_abc(restart_strategy strategy) {
    start(strategy, {spec("a"), spec("b"), spec("c")});
    events.clear();
  }

  /// Lets a child end, see `child_actor`.
  void end(const std::string& key, int how) {
    caf::anon_send(actors.at(key), how);
    run();
  }

  /// What was started (+) and ended (-) since the last call, in order.
  std::string happened() {
    std::string all;
    for (const auto& event : std::exchange(events, {}))
      all += all.empty() ? event : " " + event;
    return all;
  }

  /// Why the supervisor ended; empty while it runs.
  std::string ended() {
    std::string reason;
    self->receive([&](const caf::down_msg& x) { reason = describe(x.reason); },
                  caf::after(0s) >> [] {});
    return reason;
  }

  std::shared_ptr<base::directory> directory = std::make_shared<base::directory>(clock());
  std::vector<std::string> events;
  std::vector<record_failure> reports;
  std::map<std::string, child_actor> actors;
  std::string broken, stubborn;
  int failing_starts = 0;
  supervisor_actor root;
};

constexpr auto one_for_one = restart_strategy::one_for_one;
constexpr auto rest_for_one = restart_strategy::rest_for_one;
constexpr auto one_for_all = restart_strategy::one_for_all;

} // namespace

BOOST_FIXTURE_TEST_SUITE(supervisor_test, fixture)

BOOST_AUTO_TEST_CASE(children_start_in_order) {
  start(one_for_one, {spec("a"), spec("b"), spec("c")});
  BOOST_TEST(happened() == "+a +b +c");
}

BOOST_AUTO_TEST_CASE(one_for_one_restarts_the_child_alone_after_the_delay) {
  start_abc(one_for_one);
  end("b", 1);
  BOOST_TEST(happened() == "-b");
  advance(99ms);
  BOOST_TEST(happened() == "");
  advance(1ms);
  BOOST_TEST(happened() == "+b");
}

BOOST_AUTO_TEST_CASE(rest_for_one_restarts_the_later_children_too) {
  start_abc(rest_for_one);
  end("b", 1);
  BOOST_TEST(happened() == "-b -c");
  advance(100ms);
  BOOST_TEST(happened() == "+b +c");
}

BOOST_AUTO_TEST_CASE(one_for_all_restarts_all_youngest_down_first) {
  start_abc(one_for_all);
  end("b", 1);
  BOOST_TEST(happened() == "-b -c -a");
  advance(100ms);
  BOOST_TEST(happened() == "+a +b +c");
}

BOOST_AUTO_TEST_CASE(the_text_of_an_exception_is_kept_with_what_was_being_done) {
  start_abc(one_for_one);
  end("b", 3);
  BOOST_REQUIRE(reports.size() == 1u);
  BOOST_TEST(reports[0].reason == "crashed: no luck");
  BOOST_TEST(reports[0].doing == "fetching page 7");
  BOOST_TEST(reports[0].key == "b");
  BOOST_TEST(reports[0].restart_no == 0u);
  auto kept = directory->failures();
  BOOST_REQUIRE(kept.size() == 1u);
  BOOST_TEST(kept[0].reason == "crashed: no luck");
  BOOST_TEST(kept[0].name.parent == "supervisor/test");
}

BOOST_AUTO_TEST_CASE(who_asked_an_actor_that_crashes_is_told_at_once) {
  start_abc(one_for_one);
  ask(
    actors.at("a"), 1, [](int) { BOOST_FAIL("answered"); },
    [](const caf::error& e) { BOOST_TEST(describe(e) == "crashed: no luck"); });
}

BOOST_AUTO_TEST_CASE(as_many_restarts_as_allowed_are_made_and_one_more_ends_the_supervisor) {
  start_abc(one_for_one);
  for (auto i = 0; i < 3; ++i) {
    end("a", 1);
    advance(1000ms);
  }
  BOOST_TEST(happened() == "-a +a -a +a -a +a");
  BOOST_TEST(ended() == "");
  end("a", 1);
  BOOST_TEST(happened() == "-a -c -b");
  BOOST_TEST(ended()
             == "restart_intensity: supervisor/test: more than 3 restarts in 10000 ms, the last of "
                "child/a: crashed: no luck");
}

BOOST_AUTO_TEST_SUITE_END()
