#include "pg/email/queue_ages.hpp"

#include "pg/queue/queue_read.hpp"
#include "pg/queue/queue_send.hpp"
#include "tests/unit/pg/backfill_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;

namespace {

constexpr double hour = 3600;

struct fixture : backfill_fixture {
  double age(const std::string& queue) {
    for (const auto& one : perform(pg::queue_ages{}))
      if (one.queue == queue)
        return one.seconds;
    BOOST_FAIL("the queue " << queue << " has no age");
    return 0;
  }

  void change(const char* sql) {
    conn.run(sql);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(queue_ages_test, fixture)

BOOST_AUTO_TEST_CASE(nothing_that_waits_is_no_age) {
  BOOST_TEST(age("threads") == 0);
  BOOST_TEST(age("nylas_webhook_notifications") == 0);
}

BOOST_AUTO_TEST_CASE(the_oldest_thread_that_is_due_counts) {
  backfill_with({"t1", "t2", "t3"});
  change("update queued_threads set created_at = now() - interval '1 hour' where thread_id = 't1'");
  change("update queued_threads set created_at = now() - interval '5 hours', next_attempt_at = "
         "now() + interval '1 hour' where thread_id = 't2'");

  BOOST_TEST(age("threads") >= hour);
  BOOST_TEST(age("threads") < 2 * hour);
}

BOOST_AUTO_TEST_CASE(a_thread_that_was_put_off_waits_since_it_is_due_again) {
  backfill_with({"t1"});
  change("update queued_threads set created_at = now() - interval '5 hours', next_attempt_at = "
         "now() - interval '1 hour'");

  BOOST_TEST(age("threads") < 2 * hour);
}

BOOST_AUTO_TEST_CASE(what_more_nodes_could_not_do_does_not_count) {
  backfill_with({"t1"});
  change("update queued_threads set created_at = now() - interval '1 hour'");
  BOOST_REQUIRE(age("threads") >= hour);

  change("update flux_inboxes set status = 'auth_expired'");

  BOOST_TEST(age("threads") == 0);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_read_waits_no_more) {
  perform(pg::queue_send{"thread_sync_jobs", "{}", 0});
  change("update pgmq.q_thread_sync_jobs set enqueued_at = now() - interval '1 hour'");
  BOOST_TEST(age("thread_sync_jobs") >= hour);

  BOOST_REQUIRE(perform(pg::queue_read{"thread_sync_jobs", 60, 1}).size() == 1u);

  BOOST_TEST(age("thread_sync_jobs") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
