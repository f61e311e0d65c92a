#include "actors/child_standing.hpp"
#include "tests/unit/actors/supervisor_fixture.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

/// Three restarts in ten seconds for each child, then it is parked.
struct fixture : supervisor_fixture {
  void start_parking(restart_strategy strategy, double part_max = 1.0) {
    start_parking(setup(strategy, {spec("a"), spec("b"), spec("c")}), part_max);
  }

  void start_parking(supervisor_setup with, double part_max = 1.0) {
    with.rules.beyond = beyond_limit::park;
    with.rules.parked_part_max = part_max;
    with.alarm = [this](const child_alarm& x) {
      alarms.push_back((x.parked ? "parked " : "unparked ") + x.name.key + ": " + x.reason);
    };
    root = system.spawn(supervisor, std::move(with));
    self->monitor(root);
    run();
    events.clear();
  }

  /// With the limit and the pauses of a node.
  void start_as_in_a_node() {
    auto with = setup(rest_for_one, {spec("a"), spec("b"), spec("c")});
    with.rules = {};
    with.rules.strategy = rest_for_one;
    start_parking(std::move(with));
  }

  /// Lets a child fail until its limit is used up; each time after the delay.
  void use_up(const std::string& key) {
    for (auto i = 0; i < 3; ++i) {
      end(key, 1);
      advance(400ms);
    }
    events.clear();
  }

  bool parked(const std::string& key) const {
    for (const auto& row : directory->snapshot({"child", key, "", 10}))
      return row.parked;
    return false;
  }

  std::string budget(const std::string& key) const {
    auto row = directory->find("child/" + key).at(0).row;
    return budget_text(*row.standing, row, now);
  }

  std::vector<std::string> alarms;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(supervisor_park_test, fixture)

BOOST_AUTO_TEST_CASE(one_for_one_parks_the_child_alone_and_the_others_go_on) {
  start_parking(one_for_one);
  use_up("b");
  BOOST_TEST(alarms.empty());

  end("b", 1);
  advance(60s);

  BOOST_TEST(happened() == "-b");
  BOOST_TEST(ended() == "");
  BOOST_TEST(parked("b"));
  BOOST_TEST(!parked("a"));
  BOOST_REQUIRE(alarms.size() == 1u);
  BOOST_TEST(alarms[0] == "parked b: crashed: no luck");
  BOOST_TEST(directory->snapshot({"child", "b", "", 10})[0].doing
             == "parked by supervisor/test until it is restarted: crashed: no luck");
}

BOOST_AUTO_TEST_CASE(rest_for_one_parks_those_that_need_it_too_youngest_down_first) {
  start_parking(rest_for_one);
  use_up("b");

  end("b", 1);
  advance(60s);

  BOOST_TEST(happened() == "-b -c");
  BOOST_TEST(parked("b"));
  BOOST_TEST(parked("c"));
  BOOST_TEST(!parked("a"));
  BOOST_REQUIRE(alarms.size() == 2u);
  BOOST_TEST(alarms[1] == "parked c: one that it needs is parked");
}

BOOST_AUTO_TEST_CASE(one_for_all_parks_all) {
  start_parking(one_for_all);
  use_up("b");

  end("b", 1);
  advance(60s);

  BOOST_TEST(happened() == "-b -c -a");
  BOOST_TEST(ended() == "");
  for (const auto* key : {"a", "b", "c"})
    BOOST_TEST(parked(key));
}

BOOST_AUTO_TEST_CASE(the_limit_is_each_childs_own) {
  start_parking(one_for_one);
  use_up("a");
  use_up("b");

  end("c", 1);
  advance(100ms);

  BOOST_TEST(happened() == "-c +c");
  BOOST_TEST(alarms.empty());
}

BOOST_AUTO_TEST_CASE(backoff_comes_before_the_limit) {
  start_parking(one_for_one);
  for (auto delay : {100ms, 200ms, 400ms}) {
    end("a", 1);
    advance(delay - 1ms);
    BOOST_TEST(happened() == "-a");
    advance(1ms);
    BOOST_TEST(happened() == "+a");
  }
  end("a", 1);
  BOOST_TEST(parked("a"));
}

BOOST_AUTO_TEST_CASE(the_window_slides) {
  start_parking(one_for_one);
  for (auto i = 0; i < 20; ++i) {
    end("a", 1);
    advance(400ms);
    advance(10s);
  }
  BOOST_TEST(alarms.empty());
}

BOOST_DATA_TEST_CASE_F(fixture, too_many_parked_children_end_the_supervisor,
                       boost::unit_test::data::make({0, 1, 2}), which) {
  constexpr restart_strategy all[] = {one_for_one, rest_for_one, one_for_all};
  // Half of three is one: the second that would be parked is one too many.
  start_parking(all[which], 0.5);
  if (all[which] == one_for_one) {
    use_up("a");
    end("a", 1);
    BOOST_TEST(parked("a"));
    BOOST_TEST(ended() == "");
  }
  use_up("b");
  end("b", 1);
  BOOST_TEST(ended().starts_with("restart_intensity: supervisor/test"));
}

BOOST_AUTO_TEST_CASE(rest_for_one_may_park_the_last_child_though_not_the_first) {
  start_parking(rest_for_one, 0.5);
  use_up("c");
  end("c", 1);
  BOOST_TEST(parked("c"));
  BOOST_TEST(ended() == "");
}

BOOST_AUTO_TEST_CASE(a_lost_node_never_parks_a_child) {
  start_parking(one_for_one);
  for (auto i = 0; i < 50; ++i) {
    end("b", 2);
    advance(0ms);
  }
  BOOST_TEST(alarms.empty());
  BOOST_TEST(!parked("b"));
}

BOOST_AUTO_TEST_CASE(a_parked_child_that_is_restarted_has_its_whole_limit_again) {
  start_parking(one_for_one);
  use_up("b");
  end("b", 1);
  events.clear();

  restart("b");

  BOOST_TEST(happened() == "+b");
  BOOST_TEST(!parked("b"));
  BOOST_TEST(alarms.back().starts_with("unparked b"));
  use_up("b");
  BOOST_TEST(!parked("b"));
  end("b", 1);
  BOOST_TEST(parked("b"));
}

BOOST_AUTO_TEST_CASE(to_restart_one_of_a_parked_group_starts_what_it_needs_in_order) {
  start_parking(rest_for_one);
  use_up("b");
  end("b", 1);
  happened();

  restart("c");

  BOOST_TEST(happened() == "+b +c");
  BOOST_TEST(!parked("b"));
  BOOST_TEST(!parked("c"));
}

BOOST_AUTO_TEST_CASE(a_parked_child_can_be_forgotten) {
  start_parking(one_for_one);
  use_up("b");
  end("b", 1);

  remove("b");

  BOOST_TEST(directory->snapshot({"child", "b", "", 10}).empty());
  BOOST_TEST(refusal<restart_begun>(restart_child{"child", "b"}).starts_with("not_possible"));
}

BOOST_AUTO_TEST_CASE(a_child_that_comes_to_a_parked_group_waits_with_it) {
  start_parking(rest_for_one);
  use_up("b");
  end("b", 1);
  happened();

  add("d");
  BOOST_TEST(happened() == "");
  restart("b");

  BOOST_TEST(happened() == "+b +c +d");
}

BOOST_AUTO_TEST_CASE(a_supervisor_with_parked_children_stops_as_ever) {
  start_parking(one_for_one);
  use_up("b");
  end("b", 1);
  happened();
  ask(
    root, stop_supervisor{},
    [](const supervisor_stopped& stopped) { BOOST_TEST(stopped.children == 2u); },
    [](const caf::error& e) { BOOST_FAIL(describe(e)); });
  BOOST_TEST(happened() == "-c -a");
}

BOOST_AUTO_TEST_CASE(a_child_that_cannot_even_start_is_parked_in_the_end) {
  broken = "b";
  failing_starts = 100;
  start_parking(one_for_one);
  advance(100ms);
  advance(200ms);
  advance(400ms);
  BOOST_TEST(parked("b"));
  BOOST_TEST(alarms.back() == "parked b: crashed: start: no file");
}

BOOST_AUTO_TEST_CASE(what_is_left_of_its_restarts_is_in_the_directory) {
  start_as_in_a_node();
  const std::string none = "restarts 0 of 5 in 60 s, next after 50 ms, beyond it: parked by "
                           "supervisor/test";
  BOOST_TEST(budget("b") == none);
  for (auto i = 0; i < 3; ++i) {
    end("b", 1);
    advance(500ms);
  }
  BOOST_TEST(budget("b")
             == "restarts 3 of 5 in 60 s, next after 400 ms, beyond it: parked by supervisor/test");
  BOOST_TEST(budget("c") == none);
  advance(60s);
  BOOST_TEST(budget("b") == none);
  for (auto i = 0; i < 5; ++i) {
    end("b", 1);
    advance(2s);
  }
  BOOST_TEST(budget("b")
             == "restarts 5 of 5 in 60 s, with the next end: parked by supervisor/test");
  end("b", 1);
  BOOST_TEST(budget("b") == "restarts 5 of 5 in 60 s, 6 of 10 in a row, parked by supervisor/test");
  restart("b");
  BOOST_TEST(budget("b") == none);
}

BOOST_AUTO_TEST_CASE(where_all_count_together_one_uses_up_what_the_others_have) {
  start(one_for_one, {spec("a"), spec("b")});
  end("a", 1);
  advance(100ms);
  BOOST_TEST(budget("b")
             == "restarts 1 of 3 together in 10 s, next after 100 ms, beyond it: supervisor/test "
                "ends");
  BOOST_TEST(budget("a")
             == "restarts 1 of 3 together in 10 s, next after 200 ms, beyond it: supervisor/test "
                "ends");
}

BOOST_AUTO_TEST_CASE(who_always_crashes_at_once_is_parked_within_seconds) {
  start_as_in_a_node();
  auto began = now;
  while (!parked("b") && now - began < 60s) {
    end("b", 1);
    advance(10ms);
  }
  BOOST_TEST((now - began < 3s));
  BOOST_TEST(parked("b"));
  BOOST_TEST(reports().size() == 6u);
  advance(10min);
  BOOST_TEST(parked("b"));
}

BOOST_AUTO_TEST_CASE(who_crashes_each_time_after_half_a_minute_is_parked_in_the_end) {
  start_as_in_a_node();
  // The pauses, up to half a minute, leave it twenty seconds or more.
  for (auto i = 0; i < 10; ++i) {
    end("b", 1);
    BOOST_TEST(!parked("b"));
    advance(50s);
  }
  end("b", 1);
  advance(0s);
  BOOST_TEST(parked("b"));
  BOOST_TEST(!parked("a"));
}

BOOST_AUTO_TEST_CASE(who_runs_for_a_minute_begins_anew) {
  start_as_in_a_node();
  for (auto i = 0; i < 30; ++i) {
    end("b", 1);
    advance(1s);
    advance(61s);
  }
  BOOST_TEST(!parked("b"));
  BOOST_TEST(ended() == "");
}

BOOST_AUTO_TEST_CASE(who_is_parked_with_another_later_does_not_tell_an_old_reason) {
  start_parking(rest_for_one);
  use_up("c");
  end("c", 1);
  restart("c");
  use_up("b");
  end("b", 1);
  BOOST_TEST(alarms.back() == "parked c: one that it needs is parked");
}

BOOST_AUTO_TEST_SUITE_END()
