#include "actors/observed_actor.hpp"

#include "actors/message_names.hpp"
#include "base/clock.hpp"
#include "messages/supervised_children.hpp"
#include "messages/timed_request.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/log_capture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_cast.hpp>
#include <caf/default_attachable.hpp>
#include <caf/replies_to.hpp>
#include <caf/send.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

struct find_answer {};

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

using asking_actor = caf::typed_actor<caf::reacts_to<int>>;

struct asking_state : observed {
  explicit asking_state(asking_actor::pointer self) : observed(self) {}
};

using silent_actor = caf::typed_actor<caf::replies_to<find_answer>::with<int>, caf::reacts_to<int>>;

/// Answers when it is told to: the request of that number, the second with an error.
struct silent_state : observed {
  static inline const char* name = "silent";
  explicit silent_state(silent_actor::pointer self) : observed(self) {}
  std::vector<caf::typed_response_promise<int>> owed;
};

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

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(find_answer)

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

BOOST_AUTO_TEST_CASE(what_it_tries_in_vain_is_logged_once_and_then_each_minute_with_how_often) {
  test::log_capture log;
  auto timed = std::make_shared<actor_directory>(clock());
  constexpr base::log test_log{"Test"};
  auto other = system.spawn(
    [](observed_pointer<counting_actor, counting_state> self, const directory_slot& slot,
       base::log to) -> counting_actor::behavior_type {
      self->state.slot = slot;
      return {[self, to](int fails) {
                fails != 0 ? self->state.could_not(to, "claim", "no luck")
                           : self->state.could(to, "claim");
              },
              [](child_started) {}};
    },
    timed->open({"counting", "", ""}), test_log);
  auto tries = [&](int fails) {
    caf::anon_send(other, fails);
    run();
  };
  const std::string said = "[Test] cannot claim actor=counting reason=\"no luck\" times=";

  for (int second = 0; second < 60; ++second) {
    tries(1);
    now += 1s;
  }
  BOOST_TEST(log.times("cannot claim") == 1u, log.text());
  BOOST_TEST(log.times(said + "1\n") == 1u, log.text());
  tries(1);
  BOOST_TEST(log.times(said + "61\n") == 1u, log.text());
  tries(0);
  BOOST_TEST(log.times("[Test] can claim again actor=counting failures=61") == 1u, log.text());
  tries(0);
  BOOST_TEST(log.times("again") == 1u, log.text());
  self->send_exit(other, caf::exit_reason::kill);
  run();
}

BOOST_AUTO_TEST_CASE(what_waits_is_counted_by_type_and_since_when) {
  run();
  control(actor_control::suspend);
  run();
  auto before = base::wall_now();
  for (int i = 0; i < 5; ++i)
    caf::anon_send(actor, i);
  auto after = base::wall_now();
  caf::anon_send(actor, child_started{});

  auto found = directory->find("counting");
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_REQUIRE(found[0].mailbox.size() == 2u);
  BOOST_TEST(found[0].mailbox[0].waiting == 5u);
  BOOST_TEST(found[0].mailbox[0].type == 0); // CAF's own types are told together
  BOOST_TEST(found[0].mailbox[1].waiting == 1u);
  BOOST_TEST(name_of_type(found[0].mailbox[1].type) == "child_started");
  BOOST_REQUIRE(!!row().oldest_came);
  BOOST_TEST((*row().oldest_came >= before && *row().oldest_came <= after));

  control(actor_control::wake);
  run();
  BOOST_TEST(directory->find("counting")[0].mailbox.empty());
  BOOST_TEST(!row().oldest_came);
}

BOOST_AUTO_TEST_CASE(what_it_asked_and_is_not_answered_is_known_until_it_is) {
  auto silent = system.spawn(
    [](observed_pointer<silent_actor, silent_state> self, int) -> silent_actor::behavior_type {
      return {[self](find_answer) -> caf::result<int> {
                return self->state.owed.emplace_back(self->make_response_promise<int>());
              },
              [self](int which) {
                auto& one = self->state.owed.at(static_cast<size_t>(which));
                which == 1 ? one.deliver(caf::make_error(caf::sec::runtime_error)) : one.deliver(1);
              }};
    },
    0);
  auto asks = system.spawn(
    [silent](observed_pointer<asking_actor, asking_state> self,
             const directory_slot& slot) -> asking_actor::behavior_type {
      self->state.slot = slot;
      return {[self, silent](int) {
        timed_request(self, silent, caf::infinite, find_answer{})
          .then([](const int&) {}, [](const caf::error&) {});
      }};
    },
    directory->open({"asking", "", ""}));
  auto awaits = [&] { return directory->find("asking")[0].row.awaits; };
  auto before = base::wall_now();
  for (int i = 0; i < 5; ++i)
    caf::anon_send(asks, 1);
  run();

  BOOST_TEST(awaits().count == 5u);
  BOOST_TEST(std::string{awaits().whom} == "silent");
  BOOST_TEST(name_of_type(awaits().what) == "find_answer");
  auto first = awaits().since;
  BOOST_TEST(first >= before.time_since_epoch().count());
  caf::anon_send(silent, 0);
  caf::anon_send(silent, 1);
  run();
  BOOST_TEST(awaits().count == 3u);
  BOOST_TEST(awaits().since >= first);
  for (int i = 2; i < 5; ++i)
    caf::anon_send(silent, i);
  run();
  BOOST_TEST(awaits().count == 0u);
  BOOST_TEST(awaits().since == 0);
  for (const auto& one : {caf::actor_cast<caf::actor>(asks), caf::actor_cast<caf::actor>(silent)})
    self->send_exit(one, caf::exit_reason::kill);
  run();
}

BOOST_AUTO_TEST_CASE(who_hears_of_its_end_is_known) {
  run();
  auto other =
    system.spawn(counting, directory->open({"counting", "other", ""}), during, directory);
  auto third =
    system.spawn(counting, directory->open({"counting", "third", ""}), during, directory);
  run();
  auto* watched =
    dynamic_cast<watched_actor*>(caf::actor_cast<caf::strong_actor_ptr>(actor)->get());
  BOOST_REQUIRE(watched != nullptr);
  auto tells = [&](const counting_actor& whom, bool linked) {
    return watched->tells(caf::actor_cast<caf::actor_addr>(whom), linked);
  };
  BOOST_TEST((!tells(other, true) && !tells(other, false)));
  auto* raw = caf::actor_cast<caf::abstract_actor*>(actor);
  raw->attach(
    caf::default_attachable::make_monitor(raw->address(), caf::actor_cast<caf::actor_addr>(other)));
  BOOST_TEST((!tells(other, true) && tells(other, false)));
  raw->add_link(caf::actor_cast<caf::abstract_actor*>(third));
  BOOST_TEST((tells(third, true) && !tells(third, false)));
  for (const auto& one : {other, third})
    self->send_exit(one, caf::exit_reason::kill);
  run();
}

BOOST_AUTO_TEST_SUITE_END()
