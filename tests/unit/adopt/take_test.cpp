#include "adopt/take.hpp"

#include "adopt/give_back.hpp"
#include "pg/adoption/read_source_queue.hpp"
#include "pg/email/start_adopted_backfills.hpp"
#include "pg/email/take_messages.hpp"
#include "tests/unit/adopt/adopt_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

const std::string webhooks = "nylas_webhook_notifications";
const std::string anna = "10000000-0000-4000-8000-000000000001";
const std::string running = "20000000-0000-4000-8000-000000000001";

/// An inbox with a message and a backfill under way, and something in each queue.
struct take_fixture : test::adopt_fixture {
  take_fixture() {
    service.run(R"(
insert into flux_inboxes (id, email, grant_id, provider) values
 ('10000000-0000-4000-8000-000000000001', 'anna@example.com', 'grant-a', 'google');
insert into flux_inbox_configurations (id, inbox_id, backfill_status, backfill_start_date, backfill_end_date, created_at)
values ('20000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', 'thread_sync',
        now() - interval '90 days', now(), now() - interval '1 day');
insert into flux_email_messages (inbox_id, nylas_message_id, received_date)
values ('10000000-0000-4000-8000-000000000001', 'm1', now() - interval '100 days');
insert into flux_webhook_notifications (notification_id, notification_type, grant_id, payload)
select 'n' || n, 'message.created', 'grant-a',
       '{"type": "message.created", "data": {"grant_id": "grant-a", "object": {"id": "m1"}}}'
  from generate_series(1, 3) n;
select pgmq.send('nylas_webhook_notifications', jsonb_build_object('notification_id', 'n' || n))
  from generate_series(1, 3) n;
select pgmq.send('inbox_backfill_jobs', jsonb_build_object('config_id', '20000000-0000-4000-8000-000000000001',
  'inbox_id', '10000000-0000-4000-8000-000000000001', 'start_date', now() - interval '120 days'));
select pgmq.send('thread_sync_jobs', jsonb_build_object('config_id', '20000000-0000-4000-8000-000000000001',
  'thread_id', 't' || n)) from generate_series(1, 5) n;
)");
    copy();
  }

  adopt::taken take() {
    return adopt::take_queues(source(), conn);
  }

  std::vector<pg::adopted_backfill> start() {
    return perform(pg::start_adopted_backfills{"test"});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(take_test, take_fixture)

BOOST_AUTO_TEST_CASE(notifications_become_novas_and_leave_the_queue_for_its_archive) {
  auto taken = take();

  BOOST_TEST(taken.became["notification"] == 3);
  BOOST_TEST(taken.became["backfill"] == 6);
  BOOST_TEST(taken.waiting == 0);
  BOOST_TEST(service.waiting(webhooks) == 0);
  BOOST_TEST(service.count("pgmq.a_" + webhooks) == 3);
  BOOST_TEST(
    count("flux_webhook_notifications where status = 'pending' and grant_id = 'grant-a' and "
          "notification_type = 'message.created' and payload::jsonb @> '{\"data\": "
          "{\"object\": {\"id\": \"m1\"}}}'")
    == 3);
  BOOST_TEST(count("pgmq.q_" + webhooks) == 3);
}

BOOST_AUTO_TEST_CASE(each_is_taken_once) {
  take();
  auto again = take();

  BOOST_TEST(again.became.empty());
  BOOST_TEST(count("pgmq.q_" + webhooks) == 3);
}

BOOST_AUTO_TEST_CASE(a_take_that_was_cut_off_after_its_note_is_ended_by_the_next) {
  // What it noted, and did not archive any more.
  auto there = pg::transaction{service.conn};
  auto read = pg::read_source_queue{"thread_sync_jobs", 2}.run(service.conn);
  pg::take_messages taking{"thread_sync_jobs", {}, {}, {}, {}};
  for (const auto& one : read) {
    taking.ids.push_back(one.id);
    taking.messages.push_back(one.message);
    taking.became.emplace_back("backfill");
    taking.subjects.push_back(running);
  }
  BOOST_TEST(perform(taking).size() == 2u);
  service.conn.reconnect();
  BOOST_TEST(service.waiting("thread_sync_jobs") == 5);

  auto taken = take();

  BOOST_TEST(taken.became["backfill"] == 4); // the other three, and the job
  BOOST_TEST(service.waiting("thread_sync_jobs") == 0);
  BOOST_TEST(service.count("pgmq.a_thread_sync_jobs") == 5);
  BOOST_TEST(count("nova.taken_messages where archived_at is null") == 0);
}

BOOST_AUTO_TEST_CASE(a_notification_that_came_by_both_ways_is_one) {
  conn.run(
    "select public.queue_nylas_webhook_notification('n1', 'message.created', '{}', 'grant-a')");

  take();

  BOOST_TEST(count("flux_webhook_notifications") == 3);
  BOOST_TEST(count("flux_webhook_notifications where deliveries = 2") == 1);
  BOOST_TEST(count("pgmq.q_" + webhooks) == 3);
}

BOOST_AUTO_TEST_CASE(what_the_service_works_on_is_left_to_it) {
  service.run("select pgmq.read('nylas_webhook_notifications', 300, 1)");

  auto taken = take();

  BOOST_TEST(taken.waiting == 1);
  BOOST_TEST(taken.became["notification"] == 2);
  service.run("select pgmq.set_vt('nylas_webhook_notifications', 1, 0)");
  BOOST_TEST(take().became["notification"] == 1);
}

BOOST_AUTO_TEST_CASE(what_nobody_can_read_is_noted_with_its_reason_and_archived) {
  service.run(
    "select pgmq.send('nylas_webhook_notifications', m::jsonb) from (values ('{}'), ('[1]'), "
    "('{\"notification_id\": \"n-lost\"}'), ('\"text\"')) v (m); "
    "select pgmq.send('inbox_backfill_jobs', '{}')");

  auto taken = take();

  BOOST_TEST(taken.became["rejected"] == 5);
  BOOST_TEST(service.waiting(webhooks) == 0);
  BOOST_TEST(
    count("nova.taken_messages where became = 'rejected' and subject like '%n-lost is not there'")
    == 1);
}

BOOST_AUTO_TEST_CASE(a_message_that_has_the_whole_notification_needs_no_table) {
  service.run(
    "drop table flux_webhook_notifications; select "
    "pgmq.purge_queue('nylas_webhook_notifications'); "
    "select pgmq.send('nylas_webhook_notifications', m::jsonb) from (values "
    "('{\"id\": \"n8\", \"type\": \"message.updated\", \"data\": {\"grant_id\": \"grant-a\"}}'), "
    "('{\"notification_id\": \"n9\", \"payload\": {\"type\": \"grant.expired\", \"data\": "
    "{\"object\": {\"grant_id\": \"grant-a\"}}}}')) v (m)");

  BOOST_TEST(take().became["notification"] == 2);

  BOOST_TEST(count("flux_webhook_notifications where notification_id = 'n8' and "
                   "notification_type = 'message.updated' and grant_id = 'grant-a'")
             == 1);
  BOOST_TEST(count("flux_webhook_notifications where notification_id = 'n9' and "
                   "notification_type = 'grant.expired' and grant_id = 'grant-a'")
             == 1);
}

BOOST_AUTO_TEST_CASE(in_one_database_rows_are_copied_and_the_queues_are_novas) {
  conn.run(
    "create schema node_service; create table node_service.flux_inboxes (id uuid primary key, "
    "email text, grant_id text); insert into node_service.flux_inboxes values "
    "('10000000-0000-4000-8000-000000000009', 'eve@example.com', 'grant-e')");
  conn.run(
    "select public.queue_nylas_webhook_notification('n-own', 'message.created', '{}', 'grant-a')");
  pg::connection same{url()};
  auto here = adopt::open_source(same, "node_service", {});

  adopt::copy_rows(here, conn, {}, [](const auto&) { return true; });
  auto taken = adopt::take_queues(here, conn);

  BOOST_TEST(count("flux_inboxes where grant_id = 'grant-e'") == 1);
  BOOST_TEST(taken.became.empty());
  BOOST_TEST(count("pgmq.q_" + webhooks) == 1);
  BOOST_CHECK_THROW(adopt::give_back(here, conn), adopt::unfit);
}

BOOST_AUTO_TEST_CASE(the_unfinished_backfill_goes_on_from_the_oldest_of_all_to_now) {
  take();

  auto started = start();

  BOOST_REQUIRE(started.size() == 1u);
  BOOST_TEST(started[0].config == running);
  BOOST_TEST(started[0].messages == 1);
  BOOST_TEST(
    count("flux_inbox_configurations where id = '" + running
          + "' and backfill_status = 'pending' and backfill_end > now() - interval '1 minute' "
            "and backfill_start::date = (now() - interval '120 days')::date") // the job's
    == 1);
  BOOST_TEST(count("pgmq.q_inbox_backfill_jobs") == 1);
  BOOST_TEST(start().empty());
}

BOOST_AUTO_TEST_CASE(of_several_unfinished_backfills_of_an_inbox_one_goes_on) {
  service.run(
    "insert into flux_inbox_configurations (inbox_id, backfill_status, backfill_start_date, "
    "backfill_end_date, created_at) values ('"
    + anna + "', 'pending', now() - interval '300 days', now(), now() - interval '2 days')");
  copy();

  BOOST_TEST(start().size() == 1u);

  BOOST_TEST(count("flux_inbox_configurations where backfill_status = 'cancelled'") == 1);
  BOOST_TEST(count("flux_inbox_configurations where backfill_status = 'pending' and "
                   "backfill_start::date = (now() - interval '300 days')::date")
             == 1);
}

BOOST_AUTO_TEST_CASE(mail_of_a_finished_backfill_is_read_once_at_the_provider_too) {
  service.run("update flux_inbox_configurations set backfill_status = 'completed'");
  copy();

  auto started = start();

  BOOST_REQUIRE(started.size() == 1u);
  BOOST_TEST(started[0].config != running);
  BOOST_TEST(count("flux_inbox_configurations where backfill_status = 'pending' and "
                   "backfill_start::date = (now() - interval '100 days')::date") // of the message
             == 1);
}

BOOST_AUTO_TEST_SUITE_END()
