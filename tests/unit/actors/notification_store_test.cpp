#include "actors/notification_store.hpp"

#include "messages/error_code.hpp"
#include "pg/email/queue_notifications.hpp"
#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>

using namespace nova;
using namespace std::chrono_literals;

namespace {

incoming_notification notification(const std::string& id) {
  return {id, "message.created", grant_id{"g1"}, "{}"};
}

using release_now = int;
using held_database = database_actor::extend<caf::reacts_to<release_now>>;

/// A database that answers when it is told to, and refuses rows whose id begins with "bad".
struct fixture : test::actor_fixture {
  using rows = std::vector<incoming_notification>;
  using answers = std::vector<bool>; // whether each is new
  using promise = caf::typed_response_promise<query_done>;

  fixture() {
    database = system.spawn([this](held_database::pointer db) -> held_database::behavior_type {
      return {
        [this, db](const query_job& job) -> caf::result<query_done> {
          using asked = std::shared_ptr<pg::queue_notifications>;
          const auto& batch = std::any_cast<const asked&>(job.query)->notifications;
          batches.push_back(batch.size());
          auto answer = db->make_response_promise<query_done>();
          open.emplace_back(batch, answer);
          if (!held)
            answer_all();
          return answer;
        },
        [this](release_now) { answer_all(); },
      };
    });
    start({});
  }

  ~fixture() {
    release();
    self->send_exit(store, caf::exit_reason::user_shutdown);
    self->send_exit(database, caf::exit_reason::user_shutdown);
  }

  void start(notification_store_limits limits) {
    store = system.spawn(notification_store, directory->open({"notification_store", "", ""}),
                         database, limits);
    run();
  }

  /// Lets the database answer what it has been asked. A promise may be kept in its actor only.
  void release() {
    self->send(database, release_now{});
    run();
  }

  void answer_all() {
    for (auto& [batch, answer] : std::exchange(open, {})) {
      bool refused = std::ranges::any_of(batch, [](auto& x) { return x.id.starts_with("bad"); });
      if (failure)
        answer.deliver(caf::make_error(*failure));
      else if (refused)
        answer.deliver(caf::make_error(ec::database_refused, "no such text"));
      else
        answer.deliver(query_done{write(batch)});
    }
  }

  answers write(const rows& batch) {
    answers result;
    for (const auto& row : batch)
      result.push_back(written.insert(row.id).second);
    return result;
  }

  auto ask(const std::string& id) {
    return self->request(store, caf::infinite, notification(id));
  }

  template <class Pending>
  void expect_stored(Pending& pending, bool duplicate) {
    pending.receive([=](notification_stored x) { BOOST_TEST(x.duplicate == duplicate); },
                    [](const caf::error& e) { BOOST_FAIL(caf::to_string(e)); });
  }

  template <class Pending>
  void expect_error(Pending& pending, ec code) {
    pending.receive([](notification_stored) { BOOST_FAIL("stored"); },
                    [=](const caf::error& e) { BOOST_TEST((e == code)); });
  }

  actor_row row() const {
    return directory->find("notification_store").at(0).row;
  }

  std::shared_ptr<actor_directory> directory = std::make_shared<actor_directory>();
  bool held = false;
  std::optional<ec> failure;
  std::vector<size_t> batches;
  std::vector<std::pair<rows, promise>> open;
  std::set<std::string> written;
  held_database database;
  notification_store_actor store;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(notification_store_test, fixture)

BOOST_AUTO_TEST_CASE(a_lone_notification_is_written_at_once) {
  auto pending = ask("n1");
  run();
  expect_stored(pending, false);
}

BOOST_AUTO_TEST_CASE(who_looks_sees_what_is_written_and_what_waits_and_nothing_of_an_idle_one) {
  held = true;
  std::vector<decltype(ask(""))> pending;
  for (int i = 0; i < 20; ++i)
    pending.push_back(ask("n" + std::to_string(i)));
  run();
  BOOST_TEST(row().doing.starts_with("writing "));
  BOOST_TEST(row().waiting == 20 - std::accumulate(batches.begin(), batches.end(), size_t{0}));
  held = false;
  release();
  BOOST_TEST(row().doing == "");
  BOOST_TEST(row().waiting == 0u);
}

BOOST_AUTO_TEST_CASE(nobody_is_answered_before_the_commit) {
  held = true;
  auto pending = ask("n1");
  run();
  BOOST_TEST(batches.size() == 1u);
  BOOST_TEST(self->mailbox().empty());
  release();
  expect_stored(pending, false);
}

BOOST_AUTO_TEST_CASE(what_comes_while_the_database_is_busy_is_one_transaction) {
  held = true;
  start({.batches_in_flight = 1});
  for (int i = 0; i < 50; ++i)
    self->send(store, notification(std::to_string(i)));
  run();
  release();
  BOOST_TEST(batches == (std::vector<size_t>{1, 49}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_batch_has_a_limit) {
  held = true;
  start({.batch_max = 10, .batches_in_flight = 1});
  for (int i = 0; i < 21; ++i)
    self->send(store, notification(std::to_string(i)));
  run();
  held = false;
  release();
  BOOST_TEST(batches == (std::vector<size_t>{1, 10, 10}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_same_id_twice_is_stored_once_and_answered_twice) {
  held = true;
  start({.batches_in_flight = 1});
  self->send(store, notification("blocks the database"));
  run();
  auto first = ask("n1");
  auto second = ask("n1");
  run();
  held = false;
  release();
  expect_stored(first, false);
  expect_stored(second, true);
  auto third = ask("n1");
  run();
  expect_stored(third, true);
}

BOOST_AUTO_TEST_CASE(every_asker_learns_that_the_database_is_gone) {
  failure = ec::database_unavailable;
  auto one = ask("n1");
  auto two = ask("n2");
  run();
  expect_error(one, ec::database_unavailable);
  expect_error(two, ec::database_unavailable);
  failure.reset();
  auto again = ask("n1");
  run();
  expect_stored(again, false);
}

BOOST_AUTO_TEST_CASE(a_refused_notification_does_not_take_its_neighbours_with_it) {
  held = true;
  start({.batches_in_flight = 1});
  self->send(store, notification("blocks the database"));
  run();
  for (auto id : {"a", "b", "c", "d"})
    self->send(store, notification(id));
  auto bad = ask("bad");
  for (auto id : {"e", "f"})
    self->send(store, notification(id));
  run();
  held = false;
  release();
  BOOST_TEST(written.size() == 7u);
  BOOST_TEST(!written.contains("bad"));
  expect_error(bad, ec::database_refused);
}

BOOST_AUTO_TEST_CASE(beyond_its_bound_it_says_so_at_once) {
  held = true;
  start({.batches_in_flight = 1, .waiting_max = 3});
  for (int i = 0; i < 4; ++i)
    self->send(store, notification(std::to_string(i)));
  auto one_too_many = ask("4");
  run();
  expect_error(one_too_many, ec::overloaded);
}

BOOST_AUTO_TEST_CASE(bytes_that_wait_have_a_bound_too) {
  held = true;
  start({.batches_in_flight = 1, .waiting_bytes_max = 3000});
  self->send(store, notification("blocks the database"));
  run();
  auto large = notification("large");
  large.payload.assign(4000, ' ');
  auto pending = self->request(store, caf::infinite, large);
  run();
  expect_error(pending, ec::overloaded);
}

BOOST_AUTO_TEST_SUITE_END()
