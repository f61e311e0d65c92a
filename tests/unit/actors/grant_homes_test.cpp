#include "actors/grants.hpp"
#include "messages/error_code.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/unit/actors/inbox_fake.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <vector>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

/// Nodes with an API each that answers 200 at once; two, and a third for some. The agent of a node
/// hands on to its `grants`, as the real one does.
struct fixture : actor_fixture {
  struct node {
    grants_home_actor door;
    node_agent_actor agent;
    int calls = 0;
    bool holds = false;                       // calls are not answered
    bool slow = false;                        // each takes half a second
    std::deque<base::wall_time> waiting = {}; // since when each call does
  };

  fixture() {
    database.inbox.id.value = "i1";
    database.inbox.provider = "microsoft";
    handle = database.spawn(system);
    sleeper = system.spawn(sleeps);
    start(a, 1);
    start(b, 2);
  }

  ~fixture() {
    for (auto* one : {&a, &b, &c})
      for (const auto& actor :
           {caf::actor_cast<caf::actor>(one->door), caf::actor_cast<caf::actor>(one->agent)})
        self->send_exit(actor, caf::exit_reason::kill);
    self->send_exit(handle, caf::exit_reason::kill);
    self->send_exit(sleeper, caf::exit_reason::kill);
    run();
    for (const auto& asker : askers)
      if (auto left = caf::actor_cast<caf::actor>(asker))
        self->send_exit(left, caf::exit_reason::kill);
    run();
    held.clear();
  }

  /// Answers after half a second.
  static caf::behavior sleeps(caf::event_based_actor* me) {
    auto waiting = std::make_shared<std::deque<caf::response_promise>>();
    return {
      [me, waiting](int) {
        waiting->push_back(me->make_response_promise());
        me->delayed_send(me, 500ms, true);
        return waiting->back();
      },
      [waiting](bool) {
        waiting->front().deliver(0);
        waiting->pop_front();
      },
    };
  }

  static api_answered ok() {
    api_answered answer;
    answer.status = 200;
    answer.verdict = nylas::verdict::ok;
    answer.body = R"({"data":[]})";
    return answer;
  }

  void start(node& one, int number) {
    auto http =
      system.spawn([this, &one](http_client_actor::pointer me) -> http_client_actor::behavior_type {
        return {[this, me, &one](const nylas::api_request&) -> caf::result<api_answered> {
          ++one.calls;
          one.waiting.pop_front();
          if (one.holds) {
            held.push_back(me->make_response_promise<api_answered>());
            return held.back();
          }
          if (one.slow) {
            auto promise = me->make_response_promise<api_answered>();
            me->request(sleeper, caf::infinite, 0).then([promise](int) mutable {
              promise.deliver(ok());
            });
            return promise;
          }
          return ok();
        }};
      });
    askers.push_back(http.address());
    auto homes = std::make_shared<grant_homes>();
    homes->of = [this, number](const grant_id&) {
      grant_home where;
      where.here = home == number;
      where.apart = apart;
      if (!where.here && linked)
        where.agent = (home == 1 ? a : home == 2 ? b : c).agent;
      return where;
    };
    homes->version = [this] { return version; };
    homes->nodes = [this] { return nodes; };
    one.door =
      system.spawn(grants, directory_slot{}, grants_needs{handle, http, nullptr, homes}, limits);
    one.agent =
      system.spawn([this, &one](node_agent_actor::pointer me) -> node_agent_actor::behavior_type {
        return {
          [](const greet&) { return greeted{}; },
          [](const spawn_child_here&) -> caf::result<child_here> { return ec::not_possible; },
          [](const kill_child_here&) {},
          [this, me, &one](const ask_remote_permit& wish) {
            ++permits_asked;
            return me->delegate(one.door, wish);
          },
          [me, &one](const remote_call_ended& news) { me->delegate(one.door, news); },
          [me, &one](const pause_grant& news) { me->send(one.door, news); },
          [me, &one](const resume_grant& news) { me->send(one.door, news); },
          [](const inspect_node&) { return node_inspected{}; },
          [](const order_actor&) { return order_answered{}; },
        };
      });
    run();
  }

  void move_to(int number) {
    home = number;
    ++version;
    advance(100ms);
  }

  /// In small steps, as time passes.
  void pass(std::chrono::milliseconds time) {
    for (; time > 0ms; time -= 100ms)
      advance(100ms);
  }

  /// The home has been one for long, and its calls went well.
  void settle() {
    call(a);
    pass(5s);
    for (int i = 0; i < 20; ++i) {
      call(a);
      pass(500ms);
    }
    told->clear();
    a.calls = b.calls = 0;
  }

  void call(node& from) {
    from.waiting.push_back(now);
    call_grant request;
    request.grant.value = "g1";
    request.call.target = "/x";
    auto to = told;
    auto whom = from.door;
    auto one = system.spawn([whom, to, request](caf::event_based_actor* asker) {
      asker->request(whom, caf::infinite, request)
        .then([to](const api_answered& x) { to->push_back(std::to_string(x.status)); },
              [to](const caf::error& e) { to->push_back(describe(e)); });
    });
    askers.push_back(one->address());
    run();
  }

  inbox_database_fake database;
  database_actor handle;
  caf::actor sleeper;
  std::vector<caf::actor_addr> askers; // some are never answered
  int home = 1;
  bool linked = true;
  bool apart = false; // the nodes take no links
  size_t nodes = 2;
  int64_t version = 1;
  int permits_asked = 0; // of nodes elsewhere
  grant_limits limits;   // of nodes that start later
  node a, b, c;
  std::vector<caf::typed_response_promise<api_answered>> held;
  std::shared_ptr<std::vector<std::string>> told = std::make_shared<std::vector<std::string>>();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(grant_homes_test, fixture)

BOOST_AUTO_TEST_CASE(
  a_call_from_elsewhere_has_the_homes_permit_and_is_made_where_it_was_asked_for) {
  call(b);
  BOOST_TEST(b.calls == 1);
  BOOST_TEST(a.calls == 0);
  BOOST_TEST(*told == std::vector<std::string>{"200"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_calls_of_all_nodes_share_one_pace) {
  settle();
  a.holds = b.holds = true;
  for (int i = 0; i < 10; ++i) {
    call(a);
    call(b);
  }
  pass(10s);
  // Four at once for this provider, one of them kept for live mail.
  BOOST_TEST(a.calls + b.calls == 3);
}

BOOST_AUTO_TEST_CASE(three_nodes_have_the_same_share_of_a_pace_and_wait_equally_long) {
  nodes = 3;
  start(c, 3);
  settle();
  for (auto* one : {&a, &b, &c}) {
    one->slow = true;
    for (int i = 0; i < 20; ++i)
      call(*one);
  }
  std::map<node*, std::chrono::milliseconds> longest;
  for (int tick = 0; tick < 600; ++tick) {
    pass(100ms);
    // Who has an answer calls again.
    for (auto* one : {&a, &b, &c})
      while (one->waiting.size() < 20)
        call(*one);
    if (tick >= 300)
      for (auto* one : {&a, &b, &c})
        longest[one] = std::max(longest[one], std::chrono::duration_cast<std::chrono::milliseconds>(
                                                now - one->waiting.front()));
  }
  auto all = a.calls + b.calls + c.calls;
  BOOST_TEST(all > 100);
  for (const auto* one : {&a, &b, &c}) {
    BOOST_TEST(one->calls * 100 / all >= 30);
    BOOST_TEST(one->calls * 100 / all <= 36);
  }
  auto [least, most] = std::minmax({longest[&a], longest[&b], longest[&c]});
  BOOST_TEST((most - least <= 1s));
}

BOOST_AUTO_TEST_CASE(who_asks_from_elsewhere_is_asked_for_once_however_long_it_waits) {
  settle();
  a.holds = b.holds = true;
  for (int i = 0; i < 10; ++i)
    call(a);
  call(b);
  BOOST_TEST(permits_asked == 1);
  pass(20s);
  BOOST_TEST(permits_asked == 1);
  BOOST_TEST(told->empty());
}

BOOST_AUTO_TEST_CASE(who_waited_at_another_home_is_before_those_who_came_later) {
  settle();
  a.slow = b.slow = true;
  for (int i = 0; i < 20; ++i)
    call(a);
  pass(1s);
  home = 2;
  for (int i = 0; i < 10; ++i)
    call(b); // before anybody else knows of the new home
  BOOST_REQUIRE(b.calls == 1);
  move_to(2);
  auto before = a.calls;
  pass(2s);
  BOOST_TEST(a.calls > before);
  BOOST_TEST(b.calls == 1);
}

BOOST_AUTO_TEST_CASE(what_a_lost_node_asked_for_costs_nothing_of_the_pace) {
  limits.fixed_delay = 1000ms;
  home = 3;
  start(c, 3);
  for (int i = 0; i < 20; ++i)
    call(b);
  call(a);
  self->send_exit(b.door, caf::exit_reason::kill);
  run();
  pass(6s);
  BOOST_TEST(a.calls == 1);
}

BOOST_AUTO_TEST_CASE(for_a_moment_after_a_change_the_new_home_keeps_to_half_the_pace) {
  settle();
  move_to(2);
  a.holds = b.holds = true;
  for (int i = 0; i < 10; ++i)
    call(b);
  BOOST_TEST(b.calls == 1); // of two places one is kept for live mail
  pass(3900ms);
  BOOST_TEST(b.calls == 1);
}

BOOST_AUTO_TEST_CASE(who_waits_at_the_old_home_goes_on_at_the_new_one) {
  a.holds = true;
  for (int i = 0; i < 10; ++i)
    call(a);
  b.holds = true;
  auto before = a.calls;
  move_to(2);
  pass(1s);
  BOOST_TEST(a.calls > before);
  BOOST_TEST(told->empty());
}

BOOST_AUTO_TEST_CASE(calls_wait_while_nobody_is_home_and_go_on_with_the_link) {
  home = 2;
  linked = false;
  call(a);
  advance(1s);
  BOOST_TEST(a.calls == 0);
  linked = true;
  advance(100ms);
  BOOST_TEST(a.calls == 1);
}

BOOST_AUTO_TEST_CASE(without_a_link_for_long_each_node_takes_its_share) {
  home = 2;
  linked = false;
  a.holds = true;
  for (int i = 0; i < 10; ++i)
    call(a);
  advance(2s);
  BOOST_TEST(a.calls == 0);
  advance(2s);
  BOOST_TEST(a.calls == 1); // half of four places, one of them for live mail
}

BOOST_AUTO_TEST_CASE(a_node_that_takes_no_links_keeps_to_its_share_at_once) {
  home = 0;
  linked = false;
  apart = true;
  a.holds = true;
  for (int i = 0; i < 10; ++i)
    call(a);
  advance(100ms);
  BOOST_TEST(a.calls == 1); // half of four places, one of them for live mail
}

BOOST_AUTO_TEST_CASE(the_permits_of_a_lost_node_are_free_again) {
  settle();
  b.holds = true;
  for (int i = 0; i < 10; ++i)
    call(b);
  pass(1s);
  BOOST_REQUIRE(b.calls == 3);
  a.holds = true;
  call(a);
  BOOST_TEST(a.calls == 0);
  self->send_exit(b.door, caf::exit_reason::kill);
  run();
  pass(1s);
  BOOST_TEST(a.calls == 1);
}

BOOST_AUTO_TEST_CASE(who_asked_a_node_that_is_lost_asks_the_next_home) {
  home = 2;
  b.holds = true;
  for (int i = 0; i < 10; ++i)
    call(b);
  for (int i = 0; i < 3; ++i)
    call(a);
  BOOST_TEST(a.calls == 0);
  self->send_exit(b.agent, caf::exit_reason::kill);
  self->send_exit(b.door, caf::exit_reason::kill);
  run();
  move_to(1);
  pass(2s);
  BOOST_TEST(a.calls == 3);
}

BOOST_AUTO_TEST_CASE(an_expired_grant_is_paused_at_its_home_wherever_that_is_told) {
  call(a);
  self->send(b.door, pause_grant{grant_id{"g1"}, "grant.expired"});
  run();
  call(a);
  call(b);
  auto paused = std::string{"grant_paused"};
  BOOST_REQUIRE(told->size() == 3u);
  BOOST_TEST(told->at(1).starts_with(paused));
  BOOST_TEST(told->at(2).starts_with(paused));
}

BOOST_AUTO_TEST_SUITE_END()
