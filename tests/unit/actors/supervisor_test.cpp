#include "tests/unit/actors/supervisor_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(supervisor_test, supervisor_fixture)

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
  BOOST_REQUIRE(reports().size() == 1u);
  BOOST_TEST(reports()[0].reason == "crashed: no luck");
  BOOST_TEST(reports()[0].doing == "fetching page 7");
  BOOST_TEST(reports()[0].name.key == "b");
  BOOST_TEST(reports()[0].restart_no == 0u);
  auto kept = directory->failures();
  BOOST_REQUIRE(kept.size() == 1u);
  BOOST_TEST(kept[0].reason == "crashed: no luck");
  BOOST_TEST(kept[0].name.parent == "supervisor/test");
}

BOOST_AUTO_TEST_CASE(what_is_thrown_need_not_be_an_exception) {
  start_abc(one_for_one);
  end("b", 4);
  BOOST_REQUIRE(reports().size() == 1u);
  BOOST_TEST(reports()[0].reason == "crashed: not a std::exception");
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
             == "restart_intensity: supervisor/test: more than 3 restarts in 10 s, the last of "
                "child/a: crashed: no luck");
}

BOOST_AUTO_TEST_CASE(restarts_far_enough_apart_go_on_for_ever) {
  start_abc(one_for_one);
  for (auto i = 0; i < 20; ++i) {
    end("a", 1);
    advance(100ms);
    advance(10s);
  }
  BOOST_TEST(ended() == "");
  BOOST_TEST(reports().size() == 20u);
  BOOST_TEST(reports().back().restart_no == 19u);
}

BOOST_AUTO_TEST_CASE(the_delay_doubles_while_a_child_keeps_ending) {
  start_abc(one_for_one);
  for (auto delay : {100ms, 200ms, 400ms}) {
    end("a", 1);
    advance(delay - 1ms);
    BOOST_TEST(happened() == "-a");
    advance(1ms);
    BOOST_TEST(happened() == "+a");
  }
}

BOOST_AUTO_TEST_CASE(the_delay_starts_over_once_a_child_ran_for_a_window) {
  start_abc(one_for_one);
  end("a", 1);
  advance(100ms);
  end("a", 1);
  advance(200ms);
  advance(10s);
  happened();
  end("a", 1);
  advance(100ms);
  BOOST_TEST(happened() == "-a +a");
}

BOOST_AUTO_TEST_CASE(a_permanent_child_is_restarted_when_it_ends_normally) {
  start_abc(one_for_one);
  end("a", 0);
  advance(100ms);
  BOOST_TEST(happened() == "-a +a");
  BOOST_TEST(reports().empty());
}

BOOST_AUTO_TEST_CASE(a_transient_child_is_forgotten_when_it_is_done_and_restarted_when_it_failed) {
  start(one_for_one, {spec("a", restart_policy::transient), spec("b", restart_policy::transient)});
  happened();
  end("a", 0);
  end("b", 1);
  advance(100ms);
  BOOST_TEST(happened() == "-a -b +b");
  BOOST_TEST(directory->snapshot({.kind = "child", .key = "a", .parent = {}}).empty());
}

BOOST_AUTO_TEST_CASE(a_temporary_child_is_never_restarted_but_its_failure_is_recorded) {
  start(one_for_all, {spec("a", restart_policy::temporary), spec("b")});
  happened();
  end("a", 1);
  advance(10s);
  BOOST_TEST(happened() == "-a");
  BOOST_TEST(reports().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_common_restart_leaves_temporary_children_away) {
  start(one_for_all, {spec("a", restart_policy::temporary), spec("b")});
  happened();
  end("b", 1);
  advance(100ms);
  BOOST_TEST(happened() == "-b -a +b");
}

BOOST_AUTO_TEST_CASE(children_of_a_lost_node_restart_at_once_and_without_count) {
  start_abc(one_for_one);
  for (auto i = 0; i < 9; ++i) {
    end("a", 2);
    advance(0ms);
  }
  BOOST_TEST(happened() == "-a +a -a +a -a +a -a +a -a +a -a +a -a +a -a +a -a +a");
  BOOST_TEST(reports().empty());
  BOOST_TEST(ended() == "");
}

BOOST_AUTO_TEST_CASE(an_end_during_a_common_restart_is_part_of_it) {
  start_abc(one_for_all);
  caf::anon_send(actors.at("c"), 1);
  caf::anon_send(actors.at("b"), 1);
  caf::anon_send(actors.at("a"), 1);
  run();
  advance(100ms);
  BOOST_TEST(happened() == "-c -b -a +a +b +c");
  BOOST_TEST(reports().size() == 3u);
  for (auto i = 0; i < 2; ++i) {
    end("a", 1);
    advance(1s);
  }
  BOOST_TEST(ended() == "");
}

BOOST_AUTO_TEST_CASE(an_end_while_another_child_is_slow_to_stop_is_part_of_the_common_restart) {
  stubborn = "b";
  start_abc(one_for_all);
  end("c", 1);
  end("a", 1);
  BOOST_TEST(happened() == "-c -a");
  advance(2s);
  advance(100ms);
  BOOST_TEST(happened() == "-b +a +b +c");
  stubborn = "";
  for (auto i = 0; i < 2; ++i) {
    end("c", 1);
    advance(2s);
    advance(1s);
  }
  BOOST_TEST(ended() == "");
}

BOOST_AUTO_TEST_CASE(a_lost_node_does_not_lengthen_the_next_delay) {
  start_abc(one_for_one);
  for (auto i = 0; i < 3; ++i) {
    end("a", 2);
    advance(0ms);
  }
  happened();
  end("a", 1);
  advance(100ms);
  BOOST_TEST(happened() == "-a +a");
}

BOOST_AUTO_TEST_CASE(an_earlier_end_widens_a_rest_for_one_restart) {
  start_abc(rest_for_one);
  end("c", 1);
  advance(50ms);
  end("a", 1);
  BOOST_TEST(happened() == "-c -a -b");
  advance(50ms);
  BOOST_TEST(happened() == "");
  advance(50ms);
  BOOST_TEST(happened() == "+a +b +c");
  advance(1s);
  BOOST_TEST(happened() == "");
}

BOOST_AUTO_TEST_CASE(a_child_that_cannot_be_started_is_tried_again_while_the_others_run) {
  broken = "b";
  failing_starts = 2;
  start(one_for_one, {spec("a"), spec("b"), spec("c")});
  BOOST_TEST(happened() == "+a +c");
  BOOST_TEST(reports().at(0).reason == "crashed: start: no file");
  advance(100ms);
  BOOST_TEST(happened() == "");
  advance(200ms);
  BOOST_TEST(happened() == "+b");
}

BOOST_AUTO_TEST_CASE(children_after_one_that_cannot_be_started_wait_for_it) {
  broken = "b";
  failing_starts = 1;
  start(rest_for_one, {spec("a"), spec("b"), spec("c")});
  BOOST_TEST(happened() == "+a");
  advance(100ms);
  BOOST_TEST(happened() == "+b +c");
}

BOOST_AUTO_TEST_CASE(a_child_that_can_never_be_started_ends_the_supervisor) {
  broken = "b";
  failing_starts = 1000;
  start(one_for_all, {spec("a"), spec("b"), spec("c")});
  for (auto i = 0; i < 3; ++i)
    advance(1s);
  BOOST_TEST(failing_starts == 996);
  BOOST_TEST(ended()
             == "restart_intensity: supervisor/test: more than 3 restarts in 10 s, the last of "
                "child/b: crashed: start: no file");
  BOOST_TEST(happened() == "+a -a +a -a +a -a +a -a");
}

BOOST_AUTO_TEST_CASE(a_supervisor_without_a_factory_for_a_child_says_so) {
  start(one_for_one, {{"nonsense", "a", restart_policy::permanent, 1s}});
  BOOST_TEST(ended().starts_with("crashed: "));
}

BOOST_AUTO_TEST_CASE(a_supervisor_that_gives_up_is_restarted_by_its_own) {
  auto with = setup(one_for_one, {{"supervisor", "inner", restart_policy::permanent, 10s}});
  with.factories["supervisor"] = [this](supervisor_actor::pointer parent, const child_spec&,
                                        directory_slot slot) {
    auto inner = setup(one_for_one, {spec("a"), spec("b")});
    inner.slot = std::move(slot);
    return caf::actor_cast<caf::strong_actor_ptr>(parent->spawn(supervisor, std::move(inner)));
  };
  root = system.spawn(supervisor, std::move(with));
  run();
  for (auto i = 0; i < 4; ++i) {
    end("a", 1);
    advance(1s);
  }
  BOOST_TEST(happened() == "+a +b -a +a -a +a -a +a -a -b +a +b");
  BOOST_TEST(reports().back().name.kind == "supervisor");
  BOOST_TEST(
    reports().back().reason.starts_with("restart_intensity: supervisor/inner: more than 3"));

  self->send(root, stop_supervisor{});
  run();
  BOOST_TEST(happened() == "-b -a");
}

BOOST_AUTO_TEST_SUITE_END()
