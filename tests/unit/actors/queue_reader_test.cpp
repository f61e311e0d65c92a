#include "actors/queue_reader.hpp"

#include "actors/read_queue.hpp"
#include "messages/error_code.hpp"
#include "pg/queue/queue_archive_leased.hpp"
#include "pg/queue/queue_delete_leased.hpp"
#include "pg/queue/queue_extend_leased.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/database_fake.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>

#include <deque>
#include <functional>
#include <optional>

using namespace nova;
using namespace std::chrono_literals;

namespace {

using end_one = int;
using held_work = queue_work_actor::extend<caf::reacts_to<end_one>>;

/// A queue in memory, and work that ends when it is told to.
struct fixture : test::actor_fixture {
  fixture() {
    fake.on<read_queue>([this](const read_queue& query) { return read(query); });
    fake.answer<pg::queue_delete_leased>(1);
    fake.answer<pg::queue_archive_leased>(1);
    fake.answer<pg::queue_extend_leased>(1);
    database = fake.spawn(system);
    work = system.spawn([this](held_work::pointer worker) -> held_work::behavior_type {
      return {
        [this, worker](const queue_message&) -> caf::result<work_ended> {
          if (failure)
            return *failure;
          open.push_back(worker->make_response_promise<work_ended>());
          return open.back();
        },
        [this](end_one) {
          open.front().deliver(work_ended{});
          open.pop_front();
        },
      };
    });
    settings.queue = "jobs";
    settings.batch = 10;
    settings.in_hand_max = 4;
  }

  ~fixture() {
    for (const auto& actor :
         {caf::actor_cast<caf::actor>(reader), caf::actor_cast<caf::actor>(database),
          caf::actor_cast<caf::actor>(work)})
      self->send_exit(actor, caf::exit_reason::kill);
    run();
    open.clear();
  }

  std::vector<queue_message> read(const read_queue& query) {
    std::vector<queue_message> found;
    for (; in_queue > 0 && found.size() < query.limit; --in_queue) {
      queue_message message;
      message.id = ++last_id;
      message.read_ct = read_ct;
      found.push_back(message);
    }
    return found;
  }

  size_t reads() const {
    return fake.asked<read_queue>().size();
  }

  read_queue last_read() const {
    return fake.asked<read_queue>().back();
  }

  size_t removed() const {
    return fake.asked<pg::queue_delete_leased>().size();
  }

  void start() {
    reader = system.spawn(queue_reader, directory_slot{}, database, work, settings);
    reader->attach_functor([this] { gone = true; });
    run();
  }

  /// Lets the work on the oldest message end.
  void end_work() {
    self->send(work, end_one{0});
    run();
  }

  void shut_down() {
    self->send_exit(reader, caf::exit_reason::user_shutdown);
    run();
  }

  queue_reader_settings settings;
  int in_queue = 0;
  int64_t last_id = 0;
  int32_t read_ct = 1;
  bool gone = false;
  std::optional<caf::error> failure;
  std::deque<caf::typed_response_promise<work_ended>> open;
  test::database_fake fake;
  database_actor database;
  held_work work;
  queue_reader_actor reader;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(queue_reader_test, fixture)

BOOST_AUTO_TEST_CASE(no_more_is_in_hand_than_allowed) {
  in_queue = 20;
  start();
  BOOST_TEST(open.size() == 4u);
  BOOST_TEST(in_queue == 16);

  end_work();
  BOOST_TEST(open.size() == 4u);
  BOOST_TEST(in_queue == 15);
  BOOST_TEST(removed() == 1u);
}

BOOST_AUTO_TEST_CASE(after_a_full_read_it_reads_again_at_once) {
  settings.batch = 2;
  in_queue = 3;
  start();
  BOOST_TEST(reads() == 2u);
  BOOST_TEST(open.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_wakeup_wakes_it) {
  start();
  in_queue = 1;
  self->send(reader, queue_woken{"jobs"});
  run();
  BOOST_TEST(open.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_wakeup_during_a_read_is_not_lost) {
  fake.during_query = [this] { caf::anon_send(reader, queue_woken{"jobs"}); };
  start();
  BOOST_TEST(reads() == 2u);
}

BOOST_AUTO_TEST_CASE(the_poll_finds_what_no_wakeup_told) {
  start();
  in_queue = 1;
  advance(4999ms);
  BOOST_TEST(open.empty());
  advance(1ms);
  BOOST_TEST(open.size() == 1u);
}

BOOST_AUTO_TEST_CASE(it_reads_again_when_the_database_is_back) {
  fake.away = true;
  in_queue = 1;
  start();
  fake.away = false;
  advance(1s);
  BOOST_TEST(open.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_read_without_an_answer_leaves_nothing_hidden) {
  settings.epoch = 7;
  in_queue = 2;
  start();
  BOOST_TEST(!last_read().doubtful);
  fake.away = true;
  self->send(reader, queue_woken{"jobs"});
  run();
  end_work();
  fake.away = false;
  advance(1s);
  BOOST_TEST(last_read().doubtful);
  BOOST_TEST(last_read().reader == 7);
  BOOST_TEST(last_read().held == std::vector<int64_t>{2}, boost::test_tools::per_element());
  advance(5s);
  BOOST_TEST(!last_read().doubtful);
}

BOOST_AUTO_TEST_CASE(a_message_that_fails_is_tried_again_later_and_later) {
  failure = caf::make_error(ec::provider_refused, "no");
  settings.tries_max = 5;
  in_queue = 1;
  start();
  read_ct = 3;
  in_queue = 1;
  advance(5s);
  auto retried = fake.asked<pg::queue_extend_leased>();
  BOOST_REQUIRE(retried.size() == 2u);
  BOOST_TEST(retried[0].seconds == 2);
  BOOST_TEST(retried[1].seconds == 8);
}

BOOST_AUTO_TEST_CASE(after_its_last_try_a_message_goes_to_the_archive_with_the_reason) {
  failure = caf::make_error(ec::provider_refused, "no such thing");
  read_ct = 3;
  in_queue = 1;
  start();
  auto archived = fake.asked<pg::queue_archive_leased>();
  BOOST_REQUIRE(archived.size() == 1u);
  BOOST_TEST(archived[0].reason == "provider_refused: no such thing");
}

BOOST_AUTO_TEST_CASE(errors_that_are_no_fault_of_the_message_never_archive_it) {
  for (auto code : {ec::database_unavailable, ec::database_in_doubt, ec::grant_paused,
                    ec::rate_limited, ec::overloaded, ec::stopped})
    BOOST_TEST(blameless(caf::make_error(code)), to_string(code));
  BOOST_TEST(blameless(caf::make_error(caf::sec::request_receiver_down)));
  BOOST_TEST(!blameless(caf::make_error(ec::crashed)));

  failure = caf::make_error(ec::database_in_doubt);
  read_ct = 100;
  in_queue = 1;
  start();
  BOOST_TEST(fake.asked<pg::queue_extend_leased>().size() == 1u);
  BOOST_TEST(fake.asked<pg::queue_archive_leased>().empty());
}

BOOST_AUTO_TEST_CASE(testing_mode_leaves_the_messages_in_the_queue) {
  settings.keep = true;
  in_queue = 1;
  start();
  end_work();
  BOOST_TEST(removed() == 0u);
  BOOST_TEST(fake.asked<pg::queue_archive_leased>().empty());
  BOOST_TEST(fake.asked<pg::queue_extend_leased>().empty());
}

BOOST_AUTO_TEST_CASE(a_shutdown_waits_for_what_is_in_hand_and_reads_nothing_more) {
  in_queue = 20;
  start();
  shut_down();
  for (int i = 0; i < 3; ++i)
    end_work();
  BOOST_TEST(!gone);
  end_work();
  BOOST_TEST(gone);
  BOOST_TEST(in_queue == 16);
  BOOST_TEST(removed() == 4u);
}

BOOST_AUTO_TEST_CASE(a_shutdown_during_a_read_that_fails_ends_it) {
  start();
  fake.away = true;
  fake.during_query = [this] { caf::anon_send_exit(reader, caf::exit_reason::user_shutdown); };
  self->send(reader, queue_woken{"jobs"});
  run();
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_SUITE_END()
