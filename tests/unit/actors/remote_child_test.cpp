#include "actors/remote_child.hpp"

#include "actors/node_agent.hpp"
#include "messages/error_code.hpp"
#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/stateful_actor.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

/// A remote child and the agent of the node where it runs, without a link between them: what a link
/// would tell is sent by the test.
struct fixture : test::actor_fixture {
  fixture() {
    node_agent_setup there;
    there.hosted["worker"] = [this](hosting_agent_actor::pointer agent, const spawn_child_here&,
                                    directory_slot) {
      worker = agent->spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
      return caf::actor_cast<caf::strong_actor_ptr>(worker);
    };
    agent = system.spawn(node_agent, std::move(there));
    remote_child_setup setup;
    setup.kind = "worker";
    setup.key = "w";
    setup.choose = [this](const std::set<int64_t>&) { return peer{2, "n2", agent}; };
    child = system.spawn(remote_child, std::move(setup));
    child->attach_functor([this](const caf::error& reason) { ended = reason; });
    run();
    BOOST_REQUIRE(worker);
  }

  ~fixture() {
    self->send_exit(child, caf::exit_reason::user_shutdown);
    self->send_exit(agent, caf::exit_reason::user_shutdown);
    run();
  }

  /// A link tells this of an actor that had ended before it watched it.
  void tell_of_an_unknown_end() {
    caf::anon_send(caf::actor_cast<caf::actor>(child),
                   caf::down_msg{worker.address(), caf::exit_reason::unknown});
    run();
  }

  node_agent_actor agent;
  remote_child_actor child;
  caf::actor worker;
  std::optional<caf::error> ended;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(remote_child_test, fixture)

BOOST_AUTO_TEST_CASE(while_it_is_suspended_it_does_not_look_again) {
  tell_of_an_unknown_end();
  nova::control(caf::actor_cast<caf::strong_actor_ptr>(child), actor_control::suspend);
  advance(1h);
  BOOST_TEST(!ended);
  nova::control(caf::actor_cast<caf::strong_actor_ptr>(child), actor_control::wake);
  run();
  BOOST_TEST((ended == ec::node_lost));
}

BOOST_AUTO_TEST_CASE(an_end_without_a_reason_waits_for_the_word_of_the_agent) {
  tell_of_an_unknown_end();
  BOOST_TEST(!ended);

  self->send_exit(worker, caf::make_error(ec::crashed, std::string{"no luck"}));
  run();

  BOOST_REQUIRE(ended);
  BOOST_TEST(describe(*ended) == "crashed: no luck");
}

BOOST_AUTO_TEST_CASE(an_end_that_nobody_explains_is_the_loss_of_its_node) {
  tell_of_an_unknown_end();

  advance(1s);

  BOOST_REQUIRE(ended);
  BOOST_TEST((*ended == ec::node_lost));
}

BOOST_AUTO_TEST_CASE(an_end_of_the_agent_does_not_wait_for_its_word) {
  tell_of_an_unknown_end();

  self->send_exit(agent, caf::exit_reason::kill);
  run();

  BOOST_REQUIRE(ended);
  BOOST_TEST((*ended == ec::node_lost));
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_wait_for_a_child_that_has_ended) {
  tell_of_an_unknown_end();

  self->send_exit(child, caf::exit_reason::user_shutdown);
  run();

  BOOST_REQUIRE(ended);
  BOOST_TEST((*ended == caf::exit_reason::user_shutdown));
}

BOOST_AUTO_TEST_SUITE_END()
