#include "actors/singleton.hpp"

#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

using namespace nova;

namespace {

struct fixture : test::actor_fixture {
  fixture() {
    board->connect([this](const std::string& name) { wanted.push_back(name); },
                   [this](const std::string& name) { dropped.push_back(name); });
    singleton_setup setup;
    setup.lease = setup.kind = "duty";
    setup.board = board;
    setup.directory = directory;
    setup.start = [this](lease_listener_actor::pointer parent, int64_t token, directory_slot) {
      tokens.push_back(token);
      auto made =
        parent->spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
      child = caf::actor_cast<caf::strong_actor_ptr>(made);
      made->attach_functor([this] { ++ended; });
      return child;
    };
    keeper = system.spawn(singleton, directory_slot{}, std::move(setup));
    keeper->attach_functor([this](const caf::error& reason) {
      gone = true;
      ended_with = to_string(reason);
    });
    run();
  }

  ~fixture() {
    caf::anon_send_exit(keeper, caf::exit_reason::kill);
    keeper = nullptr;
    child = nullptr;
    run();
  }

  void told(int64_t token) {
    board->changed("duty", token);
    run();
  }

  using names = std::vector<std::string>;
  names wanted, dropped;
  std::vector<int64_t> tokens; // under which a child was started
  int ended = 0;
  bool gone = false;
  std::string ended_with;
  std::shared_ptr<lease_board> board = std::make_shared<lease_board>();
  std::shared_ptr<actor_directory> directory = std::make_shared<actor_directory>(clock());
  caf::strong_actor_ptr child;
  lease_listener_actor keeper;
};

using list = std::vector<int64_t>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(singleton_test, fixture)

BOOST_AUTO_TEST_CASE(nothing_runs_without_the_lease) {
  BOOST_TEST(wanted == names{"duty"});
  BOOST_TEST(tokens.empty());
}

BOOST_AUTO_TEST_CASE(its_child_runs_while_the_lease_is_held) {
  told(7);
  BOOST_TEST(tokens == list{7});
  BOOST_TEST(ended == 0);
  told(0);
  BOOST_TEST(ended == 1);
  BOOST_TEST(!gone);
}

BOOST_AUTO_TEST_CASE(while_it_is_suspended_a_lease_starts_nothing) {
  nova::control(caf::actor_cast<caf::strong_actor_ptr>(keeper), actor_control::suspend);
  told(7);
  BOOST_TEST(tokens.empty());
  nova::control(caf::actor_cast<caf::strong_actor_ptr>(keeper), actor_control::wake);
  run();
  BOOST_TEST(tokens == list{7});
}

BOOST_AUTO_TEST_CASE(another_tenure_is_another_child) {
  told(7);
  told(9);
  BOOST_TEST(ended == 1);
  BOOST_TEST((tokens == list{7, 9}));
}

BOOST_AUTO_TEST_CASE(a_crash_of_the_child_is_its_own_and_gives_the_lease_back) {
  told(7);
  caf::anon_send_exit(caf::actor_cast<caf::actor>(child), caf::exit_reason::out_of_workers);
  run();
  BOOST_TEST(gone);
  BOOST_TEST(ended_with == to_string(caf::error{caf::exit_reason::out_of_workers}));
  BOOST_TEST(dropped == names{"duty"});
}

BOOST_AUTO_TEST_CASE(its_end_takes_the_child_along_and_gives_the_lease_back) {
  told(7);
  caf::anon_send_exit(keeper, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(gone);
  BOOST_TEST(ended == 1);
  BOOST_TEST(dropped == names{"duty"});
}

BOOST_AUTO_TEST_CASE(a_later_keeper_of_the_same_lease_is_told_of_the_tenure) {
  told(7);
  singleton_setup setup;
  setup.lease = setup.kind = "duty";
  setup.board = board;
  setup.directory = directory;
  int64_t seen = 0;
  setup.start = [&](lease_listener_actor::pointer parent, int64_t token, directory_slot) {
    seen = token;
    return caf::actor_cast<caf::strong_actor_ptr>(
      parent->spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; }));
  };
  auto later = system.spawn(singleton, directory_slot{}, std::move(setup));
  run();
  BOOST_TEST(seen == 7);
  caf::anon_send_exit(later, caf::exit_reason::kill);
  run();
}

BOOST_AUTO_TEST_SUITE_END()
