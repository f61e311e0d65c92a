#include "actors/parked_notifications.hpp"

#include "messages/error_code.hpp"
#include "pg/email/claim_parked.hpp"
#include "pg/email/park_floods.hpp"
#include "pg/email/postpone_parked.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/database_fake.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>

#include <deque>
#include <functional>
#include <utility>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

struct fixture : actor_fixture {
  using claimed = std::vector<parked_notification>;

  fixture() {
    settings.in_hand_max = 8;
    settings.share = 4;
    fake.on<pg::claim_parked>([this](const auto& query) -> caf::expected<claimed> {
      claims.push_back(query);
      if (away)
        return caf::make_error(ec::database_unavailable);
      return std::exchange(rows, {});
    });
    fake.on<pg::postpone_parked>([this](const auto& query) {
      if (away)
        return ec::database_in_doubt;
      postponed.insert(postponed.end(), query.delays.begin(), query.delays.end());
      return ec::none;
    });
    fake.on<pg::park_floods>([this](const auto&) {
      ++flood_looks;
      return std::exchange(flood, 0);
    });
    database = fake.spawn(system);
    work =
      system.spawn([this](queue_work_actor::pointer worker) -> queue_work_actor::behavior_type {
        return {[this, worker](const queue_message& message) -> caf::result<work_ended> {
          if (auto then = std::exchange(inside, nullptr)) {
            then();
            return work_ended{};
          }
          handed.push_back(message);
          return held.emplace_back(worker->make_response_promise<work_ended>());
        }};
      });
  }

  ~fixture() {
    for (const auto& actor :
         {caf::actor_cast<caf::actor>(parked), caf::actor_cast<caf::actor>(database),
          caf::actor_cast<caf::actor>(work)})
      if (actor)
        self->send_exit(actor, caf::exit_reason::kill);
    run();
    held.clear();
  }

  /// The work ends so. A promise is delivered where its actor runs.
  template <class Result>
  void end(size_t which, Result result) {
    inside = [this, which, result] { held.at(which).deliver(result); };
    self->send(work, queue_message{});
    run();
  }

  void start() {
    parked = system.spawn(parked_notifications, directory_slot{}, database, work, settings);
    run();
  }

  void waits(const std::string& grant, const std::string& id) {
    parked_notification one;
    one.grant = grant_id{grant};
    one.id.value = id;
    one.tries = 1;
    rows.push_back(one);
  }

  void waits(const std::string& grant, int count) {
    for (int i = 0; i < count; ++i)
      waits(grant, grant + std::to_string(i));
  }

  parked_settings settings;
  database_fake fake;
  database_actor database;
  queue_work_actor work;
  parked_notifications_actor parked;
  claimed rows; // handed out once
  bool away = false;
  int flood_looks = 0;
  uint64_t flood = 0; // the next one
  std::vector<pg::claim_parked> claims;
  std::vector<parked_delay> postponed;
  std::vector<queue_message> handed;
  std::deque<caf::typed_response_promise<work_ended>> held;
  std::function<void()> inside; // run by the worker instead of its next message
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(parked_notifications_test, fixture)

BOOST_AUTO_TEST_CASE(what_is_due_is_handed_to_the_work) {
  waits("g1", 2);
  start();
  BOOST_REQUIRE(handed.size() == 2u);
  BOOST_TEST(handed[0].notification == "g10");
  BOOST_TEST(handed[0].read_ct == 2);
}

BOOST_AUTO_TEST_CASE(it_says_what_it_has_of_whom) {
  waits("g1", 2);
  waits("g2", 1);
  start();
  advance(settings.gather);
  BOOST_REQUIRE(claims.size() == 2u);
  BOOST_TEST(claims[1].limit == 5u);
  BOOST_REQUIRE(claims[1].held.size() == 2u);
  BOOST_TEST(claims[1].held[0].grant.value == "g1");
  BOOST_TEST(claims[1].held[0].held == 2u);
  BOOST_TEST(claims[1].held[1].held == 1u);
}

BOOST_AUTO_TEST_CASE(the_share_of_one_shrinks_as_hands_fill) {
  waits("g1", 4);
  start();
  advance(settings.gather);
  BOOST_TEST(claims.at(0).share == 4u);
  BOOST_TEST(claims.at(1).share == 1u);
}

BOOST_AUTO_TEST_CASE(nothing_is_taken_with_full_hands_until_one_is_free) {
  waits("g1", 8);
  start();
  advance(settings.look_interval);
  BOOST_TEST(claims.size() == 1u);
  end(0, work_ended{message_disposition::removed, true, {}});
  advance(settings.gather);
  BOOST_REQUIRE(claims.size() == 2u);
  BOOST_TEST(claims[1].limit == 1u);
  BOOST_TEST(postponed.empty());
}

BOOST_AUTO_TEST_CASE(a_failure_of_its_own_is_a_try_and_waits_longer_each_time) {
  waits("g1", 1);
  start();
  end(0, caf::make_error(ec::provider_transient, std::string{"HTTP 500"}));
  BOOST_REQUIRE(postponed.size() == 1u);
  BOOST_TEST(postponed[0].id.value == "g10");
  BOOST_TEST(postponed[0].failed);
  BOOST_TEST(postponed[0].delay_ms == 4000u);
  BOOST_TEST(postponed[0].reason == "provider_transient: HTTP 500");
}

BOOST_AUTO_TEST_CASE(what_is_no_fault_of_its_own_is_no_try) {
  waits("g1", 1);
  start();
  end(0, caf::make_error(ec::grant_paused));
  BOOST_REQUIRE(postponed.size() == 1u);
  BOOST_TEST(!postponed[0].failed);
  BOOST_TEST(postponed[0].delay_ms == 5000u);
}

BOOST_AUTO_TEST_CASE(while_the_provider_is_away_nothing_comes_round_every_few_seconds) {
  waits("g1", 1);
  start();
  end(0, caf::make_error(ec::provider_unreachable, "no answer"));
  BOOST_REQUIRE(postponed.size() == 1u);
  BOOST_TEST(!postponed[0].failed);
  BOOST_TEST(postponed[0].delay_ms == 30'000u);
}

BOOST_AUTO_TEST_CASE(a_wakeup_is_looked_at_once_however_many_come) {
  start();
  for (int i = 0; i < 5; ++i)
    self->send(parked, look_for_parked{});
  run();
  BOOST_TEST(claims.size() == 1u);
  advance(settings.gather);
  BOOST_TEST(claims.size() == 2u);
}

BOOST_AUTO_TEST_CASE(without_a_database_it_looks_again) {
  away = true;
  start();
  away = false;
  waits("g1", 1);
  advance(settings.look_interval);
  BOOST_TEST(handed.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_claimed_before_its_time_is_given_back) {
  waits("g1", 1);
  start();
  BOOST_TEST(claims.at(0).doubtful);
  BOOST_TEST(claims[0].in_hand.empty());
  advance(settings.gather);
  BOOST_TEST(!claims.at(1).doubtful);
}

BOOST_AUTO_TEST_CASE(after_a_look_without_an_answer_what_is_not_in_hand_is_given_back) {
  waits("g1", 2);
  start();
  away = true;
  advance(settings.look_interval);
  away = false;
  auto before = claims.size();
  advance(settings.look_interval);
  BOOST_REQUIRE(claims.size() == before + 1);
  BOOST_TEST(claims[before].doubtful);
  BOOST_TEST(claims[before].in_hand.size() == 2u);
  advance(settings.look_interval);
  BOOST_TEST(!claims.back().doubtful);
}

BOOST_AUTO_TEST_CASE(what_could_not_be_postponed_is_given_back) {
  waits("g1", 2);
  start();
  advance(settings.gather);
  away = true;
  end(0, caf::make_error(ec::grant_paused));
  away = false;
  advance(settings.gather);
  BOOST_REQUIRE(claims.size() == 3u);
  BOOST_TEST(claims[2].doubtful);
  BOOST_REQUIRE(claims[2].in_hand.size() == 1u);
  BOOST_TEST(claims[2].in_hand[0].value == "g11");
}

BOOST_AUTO_TEST_CASE(a_flood_is_parked_to_its_end_and_taken_up_fairly) {
  start();
  BOOST_TEST(flood_looks == 1);
  flood = 1800;
  advance(settings.look_interval);
  BOOST_TEST(flood_looks == 3); // the last one found nothing more
  auto looked = claims.size();
  advance(settings.gather);
  BOOST_TEST(claims.size() == looked + 1);
}

BOOST_AUTO_TEST_CASE(when_it_ends_it_gives_back_what_it_has) {
  waits("g1", 2);
  start();
  self->send_exit(parked, caf::exit_reason::user_shutdown);
  run();
  BOOST_REQUIRE(postponed.size() == 2u);
  BOOST_TEST(postponed[0].delay_ms == 0u);
  BOOST_TEST(!postponed[0].failed);
}

BOOST_AUTO_TEST_SUITE_END()
