#include "adopt/give_back.hpp"

#include "adopt/take.hpp"
#include "tests/unit/adopt/adopt_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

const std::string webhook_queue = "nylas_webhook_notifications";

/// Three notifications and two jobs of the Node service are taken.
struct give_back_fixture : test::adopt_fixture {
  give_back_fixture() {
    service.run(R"(
insert into flux_inboxes (id, email, grant_id) values
 ('10000000-0000-4000-8000-000000000001', 'anna@example.com', 'grant-a');
insert into flux_webhook_notifications (notification_id, notification_type, payload)
select 'n' || n, 'message.created', '{"type": "message.created"}' from generate_series(1, 3) n;
select pgmq.send('nylas_webhook_notifications', jsonb_build_object('notification_id', 'n' || n))
  from generate_series(1, 3) n;
select pgmq.send('thread_sync_jobs', jsonb_build_object('config_id', 'c', 'thread_id', 't' || n,
                                                        'grant_id', 'grant-a')) from generate_series(1, 2) n;
)");
    copy();
    adopt::take_queues(source(), conn);
  }

  adopt::given_back give() {
    return adopt::give_back(source(), conn);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(give_back_test, give_back_fixture)

BOOST_AUTO_TEST_CASE(what_nova_has_not_worked_off_is_in_its_queue_again_under_its_id) {
  conn.run("select public.acknowledge_webhook_notification('n2')");

  auto given = give();

  BOOST_TEST(given.messages[webhook_queue] == 2);
  BOOST_TEST(given.messages["thread_sync_jobs"] == 2);
  BOOST_TEST(
    service.count("pgmq.q_" + webhook_queue
                  + " where msg_id in (1, 3) and message->>'notification_id' in ('n1', 'n3') "
                    "and vt <= clock_timestamp()")
    == 2);
  BOOST_TEST(service.count("pgmq.a_" + webhook_queue) == 1);
  BOOST_TEST(given.notifications == 0);
}

BOOST_AUTO_TEST_CASE(a_second_time_gives_nothing_and_after_it_they_can_be_taken_again) {
  give();
  auto again = give();
  BOOST_TEST(again.messages.empty());
  BOOST_TEST(service.waiting(webhook_queue) == 3);

  BOOST_TEST(adopt::take_queues(source(), conn).became["notification"] == 3);
  BOOST_TEST(service.waiting(webhook_queue) == 0);
  BOOST_TEST(count("flux_webhook_notifications") == 3);
}

BOOST_AUTO_TEST_CASE(one_that_was_cut_off_before_its_note_gives_nothing_twice) {
  give();
  conn.run("update nova.taken_messages set returned_at = null");

  give();

  BOOST_TEST(service.waiting(webhook_queue) == 3);
  BOOST_TEST(service.waiting("thread_sync_jobs") == 2);
}

BOOST_AUTO_TEST_CASE(a_thread_that_a_backfill_of_nova_covered_stays_taken) {
  conn.run("insert into flux_inbox_configurations (inbox_id, backfill_status, backfill_start, "
           "backfill_end, "
           "backfill_completed_at) values ('10000000-0000-4000-8000-000000000001', 'completed', "
           "'2025-01-01', now(), now() + interval '1 hour')");

  BOOST_TEST(give().messages.count("thread_sync_jobs") == 0u);
}

BOOST_AUTO_TEST_CASE(
  notifications_that_came_to_nova_alone_are_written_as_the_service_keeps_its_own) {
  conn.run(
    "select public.queue_nylas_webhook_notification('n-new', 'message.updated', "
    "'{\"type\": \"message.updated\", \"data\": {\"object\": {\"id\": \"m7\"}}}', 'grant-a')");
  conn.run(
    "select public.acknowledge_webhook_notification('n-new')"); // the service has not seen it

  auto given = give();

  BOOST_TEST(given.notifications == 1);
  BOOST_TEST(service.count("flux_webhook_notifications where notification_id = 'n-new' and "
                           "notification_type = 'message.updated' and grant_id = 'grant-a' and "
                           "status = 'pending' and retry_count = 0 and "
                           "payload #>> '{data,object,id}' = 'm7'")
             == 1);
  BOOST_TEST(
    service.count("pgmq.q_" + webhook_queue + " where message->>'notification_id' = 'n-new'") == 1);

  auto again = give();
  BOOST_TEST(again.notifications == 0);
  BOOST_TEST(again.there_already == 1);
  BOOST_TEST(
    service.count("pgmq.q_" + webhook_queue + " where message->>'notification_id' = 'n-new'") == 1);
}

BOOST_AUTO_TEST_CASE(a_service_whose_notifications_nobody_can_write_is_said_to_be_one) {
  conn.run(
    "select public.queue_nylas_webhook_notification('n-new', 'message.updated', '{}', 'grant-a')");
  service.run("drop table flux_webhook_notifications");

  BOOST_CHECK_THROW(give(), adopt::unfit);
}

BOOST_AUTO_TEST_SUITE_END()
