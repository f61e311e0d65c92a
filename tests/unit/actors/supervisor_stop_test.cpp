#include "tests/unit/actors/supervisor_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(supervisor_stop_test, supervisor_fixture)

BOOST_AUTO_TEST_CASE(children_die_with_a_killed_supervisor) {
  start_abc(one_for_one);
  self->send_exit(root, caf::exit_reason::kill);
  run();
  BOOST_TEST(events.size() == 3u);
  BOOST_TEST(ended() == "kill");
}

BOOST_AUTO_TEST_CASE(a_killed_child_does_not_take_its_supervisor_along) {
  start_abc(one_for_one);
  self->send_exit(actors.at("b"), caf::exit_reason::kill);
  run();
  advance(100ms);
  BOOST_TEST(happened() == "-b +b");
  BOOST_TEST(reports().at(0).reason == "kill");
}

BOOST_AUTO_TEST_CASE(an_ordered_stop_goes_youngest_first_and_answers_when_all_are_down) {
  start_abc(one_for_one);
  ask(
    root, stop_supervisor{},
    [&](const supervisor_stopped& x) {
      BOOST_TEST(happened() == "-c -b -a");
      BOOST_TEST(x.children == 3u);
      BOOST_TEST(x.killed == 0u);
    },
    [](const caf::error& e) { BOOST_FAIL(describe(e)); });
  BOOST_TEST(ended() == "user_shutdown");
  BOOST_TEST(reports().empty());
  BOOST_TEST(directory->snapshot({.kind = "child", .key = {}, .parent = {}}).empty());
}

BOOST_AUTO_TEST_CASE(who_is_needed_until_the_end_is_stopped_last) {
  auto needed = spec("c");
  needed.stops_last = true;
  start(one_for_one, {spec("a"), spec("b"), needed});
  events.clear();
  self->send_exit(root, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(happened() == "-b -a -c");
}

BOOST_AUTO_TEST_CASE(an_exit_message_is_an_ordered_stop) {
  start_abc(one_for_one);
  self->send_exit(root, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(happened() == "-c -b -a");
  BOOST_TEST(ended() == "user_shutdown");
}

BOOST_AUTO_TEST_CASE(a_child_that_does_not_stop_in_time_is_killed) {
  stubborn = "b";
  start_abc(one_for_one);
  auto pending = self->request(root, caf::infinite, stop_supervisor{});
  run();
  BOOST_TEST(happened() == "-c");
  advance(1999ms);
  BOOST_TEST(happened() == "");
  advance(1ms);
  BOOST_TEST(happened() == "-b -a");
  pending.receive([](const supervisor_stopped& x) { BOOST_TEST(x.killed == 1u); },
                  [](const caf::error& e) { BOOST_FAIL(describe(e)); });
  BOOST_TEST(reports().empty());
}

BOOST_AUTO_TEST_CASE(a_child_that_is_blocked_is_left_behind) {
  std::promise<void> over;
  auto with = setup(one_for_one, {spec("a"), {"blocked", "b", restart_policy::permanent, 2s}});
  with.factories["blocked"] = [&](supervisor_actor::pointer parent, const child_spec&,
                                  const directory_slot&) {
    auto actor = parent->spawn<caf::detached>(blocked, over.get_future().share());
    caf::anon_send(actor, 1);
    return caf::actor_cast<caf::strong_actor_ptr>(actor);
  };
  root = system.spawn(supervisor, std::move(with));
  run();
  auto pending = self->request(root, caf::infinite, stop_supervisor{});
  run();
  advance(2s);
  BOOST_TEST(happened() == "+a");
  advance(5s);
  pending.receive(
    [](const supervisor_stopped& x) {
      BOOST_TEST(x.killed == 1u);
      BOOST_TEST(x.stuck == 1u);
    },
    [](const caf::error& e) { BOOST_FAIL(describe(e)); });
  BOOST_TEST(happened() == "-a");
  BOOST_TEST(reports().at(0).reason == "crashed: blocked: does not end when killed");
  over.set_value();
}

BOOST_AUTO_TEST_CASE(nothing_is_restarted_once_the_supervisor_stops) {
  stubborn = "a";
  start_abc(one_for_one);
  end("b", 1);
  self->send(root, stop_supervisor{});
  run();
  BOOST_TEST(happened() == "-b -c");
  advance(100ms);
  BOOST_TEST(happened() == "");
}

BOOST_AUTO_TEST_CASE(a_supervisor_that_stops_takes_no_more_orders) {
  stubborn = "a";
  start_abc(one_for_one);
  self->send(root, stop_supervisor{});
  run();
  BOOST_TEST(refusal<child_started>(start_child{spec("d")}) == "stopped");
  BOOST_TEST(refusal<restart_begun>(restart_child{"child", "a"}) == "stopped");
  self->send_exit(root, caf::make_error(ec::crashed, std::string{"too late"}));
  advance(2s);
  BOOST_TEST(happened() == "-c -b -a");
  BOOST_TEST(ended() == "user_shutdown");
}

BOOST_AUTO_TEST_CASE(a_child_that_waits_for_its_restart_says_so) {
  start_abc(one_for_one);
  end("b", 3);
  auto row = directory->snapshot({.kind = "child", .key = "b", .parent = "supervisor/test"}).at(0);
  BOOST_TEST(row.doing == "waits 100 ms to be restarted");
  BOOST_TEST(row.last_failure == "crashed: no luck");
  BOOST_TEST(row.restarts == 0u);
  advance(100ms);
  row = directory->snapshot({.kind = "child", .key = "b", .parent = "supervisor/test"}).at(0);
  BOOST_TEST(row.doing == "");
  BOOST_TEST(row.restarts == 1u);
}

BOOST_AUTO_TEST_CASE(a_child_can_be_added_and_is_the_first_to_stop) {
  start_abc(one_for_one);
  add("d");
  BOOST_TEST(happened() == "+d");
  self->send(root, stop_supervisor{});
  run();
  BOOST_TEST(happened() == "-d -c -b -a");
}

BOOST_AUTO_TEST_CASE(a_child_added_during_a_common_restart_starts_with_it) {
  start_abc(rest_for_one);
  end("b", 1);
  add("d");
  BOOST_TEST(happened() == "-b -c");
  advance(100ms);
  BOOST_TEST(happened() == "+b +c +d");
}

BOOST_AUTO_TEST_CASE(a_child_cannot_be_added_twice_nor_without_a_factory) {
  start_abc(one_for_one);
  BOOST_TEST(refusal<child_started>(start_child{spec("a")})
             == "not_possible: already a child child/a");
  BOOST_TEST(refusal<child_started>(start_child{{"x", "a", restart_policy::permanent, 1s}})
             == "not_possible: no factory for kind x");
}

BOOST_AUTO_TEST_CASE(an_added_child_that_cannot_be_started_is_answered_and_forgotten) {
  start_abc(one_for_one);
  broken = "d";
  failing_starts = 1;
  BOOST_TEST(refusal<child_started>(start_child{spec("d")}) == "crashed: start: no file");
  BOOST_TEST(reports().size() == 1u);
  advance(1s);
  BOOST_TEST(happened() == "");
  add("d");
  BOOST_TEST(happened() == "+d");
}

BOOST_AUTO_TEST_CASE(a_stopped_child_is_forgotten) {
  start_abc(one_for_one);
  remove("b");
  advance(10s);
  BOOST_TEST(happened() == "-b");
  BOOST_TEST(refusal<child_stopped>(stop_child{"child", "b"}) == "not_possible: no child child/b");
}

BOOST_AUTO_TEST_CASE(a_timer_of_a_child_that_was_removed_and_added_again_does_nothing) {
  start_abc(one_for_one);
  end("b", 1);
  remove("b");
  add("b");
  BOOST_TEST(happened() == "-b +b");
  advance(100ms);
  BOOST_TEST(happened() == "");
}

BOOST_AUTO_TEST_CASE(a_restart_on_request_is_neither_counted_nor_delayed) {
  start_abc(one_for_one);
  for (auto i = 0; i < 9; ++i)
    restart("b");
  BOOST_TEST(happened() == "-b +b -b +b -b +b -b +b -b +b -b +b -b +b -b +b -b +b");
  BOOST_TEST(reports().empty());
}

BOOST_AUTO_TEST_CASE(a_restart_on_request_includes_those_that_go_with_it) {
  start_abc(rest_for_one);
  restart("b");
  BOOST_TEST(happened() == "-c -b +b +c");
}

BOOST_AUTO_TEST_CASE(a_restart_on_request_comes_before_the_timer_and_instead_of_it) {
  start_abc(one_for_one);
  end("b", 1);
  restart("b");
  BOOST_TEST(happened() == "-b +b");
  advance(100ms);
  BOOST_TEST(happened() == "");
}

BOOST_AUTO_TEST_CASE(a_restart_on_request_hurries_a_common_restart) {
  start_abc(one_for_all);
  end("b", 1);
  restart("b");
  BOOST_TEST(happened() == "-b -c -a +a +b +c");
  advance(100ms);
  BOOST_TEST(happened() == "");
}

BOOST_AUTO_TEST_CASE(a_restart_on_request_does_not_narrow_a_common_restart) {
  start_abc(rest_for_one);
  end("a", 1);
  restart("c");
  BOOST_TEST(happened() == "-a -c -b +a +b +c");
}

BOOST_AUTO_TEST_CASE(nobody_restarts_who_is_temporary_or_not_there) {
  start(one_for_one, {spec("a", restart_policy::temporary)});
  BOOST_TEST(refusal<restart_begun>(restart_child{"child", "a"})
             == "not_possible: a temporary child is not restarted");
  BOOST_TEST(refusal<restart_begun>(restart_child{"child", "b"})
             == "not_possible: no child child/b");
}

BOOST_AUTO_TEST_CASE(the_timer_that_would_kill_a_stopped_child_does_not_hit_its_successor) {
  start_abc(one_for_all);
  end("b", 1);
  advance(100ms);
  happened();
  advance(10s);
  BOOST_TEST(happened() == "");
}

BOOST_AUTO_TEST_SUITE_END()
