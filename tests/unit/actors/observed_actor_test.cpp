#include "actors/observed_actor.hpp"

#include "actors/message_names.hpp"
#include "messages/supervised_children.hpp"
#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_cast.hpp>
#include <caf/replies_to.hpp>
#include <caf/send.hpp>

using namespace nova;

namespace {

using counting_actor = caf::typed_actor<caf::reacts_to<int>, caf::reacts_to<child_started>>;

struct counting_state : observed {
  explicit counting_state(counting_actor::pointer self) : observed(self) {}
  int sum = 0;
};

counting_actor::behavior_type counting(observed_pointer<counting_actor, counting_state> self,
                                       directory_slot slot,
                                       std::shared_ptr<std::vector<actor_row>> during,
                                       std::shared_ptr<actor_directory> directory) {
  self->state.slot = std::move(slot);
  return {[self, during, directory](int value) {
            if (value < 0)
              throw std::runtime_error("negative");
            self->state.sum += value;
            self->state.doing("counting");
            for (auto& row : directory->snapshot())
              during->push_back(row);
          },
          [](child_started) {}};
}

struct fixture : test::actor_fixture {
  std::shared_ptr<actor_directory> directory = std::make_shared<actor_directory>();
  std::shared_ptr<std::vector<actor_row>> during = std::make_shared<std::vector<actor_row>>();
  counting_actor actor =
    system.spawn(counting, directory->open({"counting", "", ""}), during, directory);

  actor_row row() const {
    return directory->snapshot().front();
  }

  void control(actor_control what) {
    nova::control(caf::actor_cast<caf::strong_actor_ptr>(actor), what);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(observed_actor_test, fixture)

BOOST_AUTO_TEST_CASE(what_waits_and_what_was_handled_is_counted) {
  run();
  for (int i = 0; i < 3; ++i)
    caf::anon_send(actor, i);
  BOOST_TEST(row().waiting == 3u);
  run();
  BOOST_TEST(row().waiting == 0u);
  BOOST_TEST(row().handled == 3u);
  BOOST_TEST(row().counts);
}

BOOST_AUTO_TEST_CASE(while_a_message_is_handled_its_beginning_is_known) {
  caf::anon_send(actor, 1);
  run();
  BOOST_REQUIRE(during->size() == 1u);
  BOOST_TEST(during->front().busy_since.has_value());
  BOOST_TEST(!row().busy_since.has_value());
}

/// What it was told to end with is not what it was at.
BOOST_AUTO_TEST_CASE(the_last_message_stays_known_to_the_end) {
  auto slot = directory->open({"counting", "of", ""});
  auto other = system.spawn(counting, slot, during, directory);
  caf::anon_send(other, child_started{});
  run();
  BOOST_TEST(name_of_type(slot.message()) == "child_started");
  caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(name_of_type(slot.message()) == "child_started");
}

BOOST_AUTO_TEST_CASE(a_suspended_actor_handles_what_waited_once_it_is_woken) {
  run();
  control(actor_control::suspend);
  run();
  BOOST_TEST(row().suspended);
  caf::anon_send(actor, 1);
  caf::anon_send(actor, 2);
  run();
  BOOST_TEST(row().waiting == 2u);
  BOOST_TEST(during->empty());
  control(actor_control::wake);
  run();
  BOOST_TEST(row().waiting == 0u);
  BOOST_TEST(during->size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_suspended_actor_can_be_ended) {
  run();
  control(actor_control::suspend);
  run();
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(directory->size() == 0u);
}

BOOST_AUTO_TEST_CASE(who_follows_sees_messages_and_nobody_else_pays) {
  run();
  auto follower = directory->tap().follow({"counting", "", ""});
  caf::anon_send(actor, 1);
  run();
  auto events = follower->take(10);
  BOOST_REQUIRE(events.size() == 1u);
  BOOST_TEST(events.front().actor == "counting");
  BOOST_TEST(events.front().doing == "counting");
  follower.reset();
  BOOST_TEST(!directory->tap().watched());
}

BOOST_AUTO_TEST_CASE(a_follower_of_others_sees_nothing) {
  run();
  auto follower = directory->tap().follow({"", "", "thread-7"});
  caf::anon_send(actor, 1);
  run();
  BOOST_TEST(follower->take(10).empty());
}

BOOST_AUTO_TEST_CASE(an_actor_is_found_by_its_path_and_reached) {
  run();
  auto found = directory->find("counting");
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(std::any_cast<caf::actor_addr>(&found.front().handle) != nullptr);
  BOOST_TEST(directory->find("nobody").empty());
}

BOOST_AUTO_TEST_SUITE_END()
