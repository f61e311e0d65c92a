#include "pg/email/add_inbox.hpp"
#include "pg/email/claim_parked.hpp"
#include "pg/email/claim_probes.hpp"
#include "pg/email/claim_sweeps.hpp"
#include "pg/email/end_outage.hpp"
#include "pg/email/find_notification_payloads.hpp"
#include "pg/email/finish_notifications.hpp"
#include "pg/email/finish_sweep.hpp"
#include "pg/email/give_back_sweep.hpp"
#include "pg/email/keep_sweep.hpp"
#include "pg/email/list_inboxes.hpp"
#include "pg/email/list_notifications.hpp"
#include "pg/email/queue_notifications.hpp"
#include "pg/email/record_outage.hpp"
#include "pg/email/remove_inbox.hpp"
#include "pg/email/retry_notifications.hpp"
#include "pg/email/set_inbox_status.hpp"
#include "pg/error.hpp"
#include "pg/queue/queue_read.hpp"
#include "tests/unit/pg/email_builders.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

incoming_notification notification(const std::string& id) {
  return {id, "message.created", {"grant-1"}, R"({"id":")" + id + R"(","text":"\u0000"})"};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(email_inbox_test, test::email_fixture)

BOOST_AUTO_TEST_CASE(an_inbox_is_found_by_id_grant_and_address) {
  BOOST_TEST(perform(pg::list_inboxes{inbox}).at(0).email == "ann@example.com");
  BOOST_TEST(perform(pg::list_inboxes{"grant-1"}).at(0).id.value == inbox);
  BOOST_TEST(perform(pg::list_inboxes{"Ann@Example.com"}).at(0).id.value == inbox);
  BOOST_TEST(perform(pg::list_inboxes{"nobody"}).empty());
}

BOOST_AUTO_TEST_CASE(of_one_address_the_inbox_in_use_is_found_first) {
  conn.run("update flux_inboxes set status = 'disabled'");
  perform(pg::add_inbox{"ann@example.com", "grant-2", "microsoft"});
  auto found = perform(pg::list_inboxes{"ann@example.com"});
  BOOST_TEST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].grant.value == "grant-2");
  BOOST_TEST(perform(pg::list_inboxes{}).at(0).id.value == inbox);
}

BOOST_AUTO_TEST_CASE(an_inbox_that_is_not_in_use_goes_on_with_another_grant) {
  conn.run("update flux_inboxes set status = 'disabled'");
  auto added = perform(pg::add_inbox{"Ann@Example.com", "grant-2", "google"});
  BOOST_TEST(added.id.value == inbox);
  BOOST_TEST(added.grant.value == "grant-2");
  BOOST_TEST(added.status == "active");
  BOOST_TEST(added.former_grant.value == "grant-1");
  BOOST_TEST(perform(pg::add_inbox{"ann@example.com", "grant-4", "google", true}).former_grant.value
             == "grant-2");
  BOOST_TEST(perform(pg::add_inbox{"ann@example.com", "grant-3", "google"}).id.value != inbox);
}

BOOST_AUTO_TEST_CASE(a_removed_inbox_keeps_its_mail_and_comes_back) {
  store({{}});

  BOOST_TEST(perform(pg::remove_inbox{inbox}));
  BOOST_TEST(!perform(pg::remove_inbox{inbox}));
  BOOST_TEST(perform(pg::list_inboxes{}).empty());
  BOOST_TEST(perform(pg::add_inbox{"ann@example.com", "grant-1", "google"}).id.value == inbox);
  BOOST_TEST(value("select count(*) from flux_email_messages") == "1");
}

BOOST_AUTO_TEST_CASE(a_grant_that_is_known_never_renames_its_inbox) {
  perform(pg::set_inbox_status{"grant-1", "auth_expired", "401"});

  auto found = perform(pg::add_inbox{"bob@example.com", "grant-1", "microsoft"});

  BOOST_TEST(found.id.value == inbox);
  BOOST_TEST(found.email == "ann@example.com");
  BOOST_TEST(found.provider == "google");
  BOOST_TEST(found.status == "auth_expired");
  BOOST_TEST(perform(pg::list_inboxes{"bob@example.com"}).empty());
}

BOOST_AUTO_TEST_CASE(an_inbox_added_again_keeps_what_is_not_said) {
  perform(pg::set_inbox_status{"grant-1", "auth_expired", "401"});

  auto again = perform(pg::add_inbox{"Ann@Example.com", "grant-1", ""});

  BOOST_TEST(again.id.value == inbox);
  BOOST_TEST(again.email == "ann@example.com");
  BOOST_TEST(again.provider == "google");
  BOOST_TEST(again.status == "active");
}

BOOST_AUTO_TEST_CASE(a_status_changes_once_and_is_logged) {
  BOOST_TEST(perform(pg::set_inbox_status{"grant-1", "auth_expired", "401"}));
  BOOST_TEST(!perform(pg::set_inbox_status{"grant-1", "auth_expired", "401 again"}));
  BOOST_TEST(!perform(pg::set_inbox_status{"no grant", "auth_expired", ""}));
  BOOST_TEST(
    value("select concat_ws('|', machine, from_status, to_status, why) from sync_transitions")
    == "inbox|active|auth_expired|401");
}

BOOST_AUTO_TEST_CASE(a_grant_that_works_again_does_not_enable_what_an_operator_disabled) {
  conn.run("update flux_inboxes set status = 'disabled'");
  BOOST_TEST(!perform(pg::set_inbox_status{"grant-1", "active", "grant.updated"}));
}

BOOST_AUTO_TEST_CASE(a_mailbox_that_is_away_is_left_alone_and_probed_ever_later) {
  perform(pg::record_outage{outage_scope::grant, "grant-1", "HTTP 503", 0ms});
  auto since = perform(pg::list_inboxes{inbox}).at(0).unreachable_since;
  BOOST_TEST(since > 0);
  BOOST_TEST(perform(pg::claim_sweeps{300s, 10}).empty());

  BOOST_TEST((perform(pg::claim_probes{10}) == std::vector{grant_id{"grant-1"}}));
  BOOST_TEST(perform(pg::claim_probes{10}).empty());
  conn.run(
    "update nova.provider_outages set since = since - interval '1 day', next_probe_at = now()");
  BOOST_TEST(perform(pg::claim_probes{10}).size() == 1u);
  BOOST_TEST(value("select next_probe_at - now() between '29 s' and '30 s' from "
                   "nova.provider_outages")
             == "t");

  perform(pg::end_outage{outage_scope::grant, "grant-1"});
  BOOST_TEST(perform(pg::list_inboxes{inbox}).at(0).unreachable_since == 0);
  BOOST_TEST(perform(pg::claim_sweeps{300s, 10}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_expired_inbox_is_probed_from_its_row) {
  perform(pg::set_inbox_status{"grant-1", "auth_expired", "401"});
  BOOST_TEST(perform(pg::claim_probes{10}).size() == 1u);
  BOOST_TEST(perform(pg::claim_probes{10}).empty());
  perform(pg::set_inbox_status{"grant-1", "active", "valid"});
  BOOST_TEST(value("select count(*) from nova.provider_outages") == "0");
  BOOST_TEST(perform(pg::claim_sweeps{300s, 10}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_node_has_one_outage_whosever_fault_it_is) {
  perform(pg::record_outage{outage_scope::network, "n1", "no answer", 1s});
  perform(pg::record_outage{outage_scope::application, "n1", "HTTP 401", 1s});
  perform(pg::record_outage{outage_scope::network, "n2", "no answer", 1s});
  BOOST_TEST(value("select string_agg(scope || ' ' || subject, ', ' order by subject) from "
                   "nova.provider_outages")
             == "application n1, network n2");
  perform(pg::end_outage{outage_scope::network, "n1"});
  BOOST_TEST(value("select string_agg(subject, ', ') from nova.provider_outages") == "n2");
}

BOOST_AUTO_TEST_CASE(a_sweep_that_could_not_go_on_is_due_again_at_once_where_it_was) {
  auto due = perform(pg::claim_sweeps{300s, 10});
  BOOST_TEST_REQUIRE(due.size() == 1u);
  BOOST_TEST(due[0].cursor == "");
  BOOST_TEST(perform(pg::keep_sweep{inbox, due[0].token, "page 2"}));
  perform(pg::give_back_sweep{inbox, due[0].token});
  auto again = perform(pg::claim_sweeps{300s, 10});
  BOOST_TEST_REQUIRE(again.size() == 1u);
  BOOST_TEST(again[0].cursor == "page 2");
  BOOST_TEST(again[0].from == due[0].from);
  BOOST_TEST(again[0].token == due[0].token + 1);
}

BOOST_AUTO_TEST_CASE(a_sweep_is_claimed_once_and_due_again_later) {
  auto due = perform(pg::claim_sweeps{300s, 10});
  BOOST_TEST_REQUIRE(due.size() == 1u);
  BOOST_TEST(perform(pg::claim_sweeps{300s, 10}).empty());

  perform(pg::finish_sweep{inbox, due[0].token});

  BOOST_TEST(perform(pg::claim_sweeps{300s, 10}).empty());
  conn.run("update flux_inboxes set last_swept_at = now() - interval '6 minutes'");
  BOOST_TEST(perform(pg::claim_sweeps{300s, 10}).size() == 1u);
  // That a list was read to its end does not say that it is equal.
  BOOST_TEST(perform(pg::list_inboxes{inbox}).at(0).last_verified_at == 0);
  BOOST_TEST(value("select swept_until = sweep_began_at or swept_until < sweep_began_at from "
                   "flux_inboxes")
             == "t");
}

BOOST_AUTO_TEST_CASE(a_sweep_whose_claim_ran_out_is_another_s) {
  auto first = perform(pg::claim_sweeps{300s, 10}).at(0);
  conn.run("update flux_inboxes set sweep_claimed_until = now() - interval '1 s'");
  BOOST_TEST(perform(pg::claim_sweeps{300s, 10, {inbox_id{inbox}}}).empty());
  auto second = perform(pg::claim_sweeps{300s, 10}).at(0);
  BOOST_TEST(!perform(pg::keep_sweep{inbox, first.token, "page 2"}));
  perform(pg::finish_sweep{inbox, first.token});
  perform(pg::give_back_sweep{inbox, first.token});
  BOOST_TEST(value("select last_swept_at is null and sweep_claimed_until > now() from flux_inboxes")
             == "t");
  BOOST_TEST(perform(pg::keep_sweep{inbox, second.token, "page 2"}));
}

BOOST_AUTO_TEST_CASE(after_an_outage_a_sweep_is_due_at_once_and_covers_the_gap) {
  conn.run("update flux_inboxes set swept_until = date_trunc('second', now()) - interval '5 days'");
  auto until =
    std::stoll(value("select extract(epoch from swept_until)::bigint from flux_inboxes"));
  perform(pg::set_inbox_status{"grant-1", "auth_expired", "401"});
  BOOST_TEST(perform(pg::claim_sweeps{0s, 10}).empty());

  perform(pg::set_inbox_status{"grant-1", "active", "grant.updated"});

  auto due = perform(pg::claim_sweeps{300s, 10});
  BOOST_TEST_REQUIRE(due.size() == 1u);
  BOOST_TEST(due[0].from == until);
}

BOOST_AUTO_TEST_CASE(a_notification_is_queued_once_however_often_it_comes) {
  auto first =
    perform(pg::queue_notifications{{notification("n1"), notification("n2"), notification("n1")}});
  auto again = perform(pg::queue_notifications{{notification("n2"), notification("n3")}});

  BOOST_TEST(first == (std::vector<bool>{true, true, false}), boost::test_tools::per_element());
  BOOST_TEST(again == (std::vector<bool>{false, true}), boost::test_tools::per_element());
  auto queued = perform(pg::queue_read{"nylas_webhook_notifications", 30, 10});
  BOOST_TEST_REQUIRE(queued.size() == 3u);
  BOOST_TEST(queued[0].body
             == R"({"type": "message.created", "grant_id": "grant-1", "notification_id": "n1"})");
  BOOST_TEST(perform(pg::find_notification_payloads{{{"n1"}, {"n9"}}}).at(0).payload
             == notification("n1").payload);
  BOOST_TEST(value("select deliveries from flux_webhook_notifications where notification_id = 'n2'")
             == "2");
}

BOOST_AUTO_TEST_CASE(an_outcome_ends_the_message_and_the_audit_row_together) {
  perform(pg::queue_notifications{{notification("n1"), notification("n2"), notification("n3")}});
  auto queued = perform(pg::queue_read{"nylas_webhook_notifications", 30, 10});

  perform(pg::finish_notifications{
    {{{{"n1"}, queued[0].id, queued[0].read_ct}, notification_status::processed, "", 12},
     {{{"n2"}, queued[1].id, queued[1].read_ct}, notification_status::error, "bad payload", 5},
     {{{"n3"}, queued[2].id, queued[2].read_ct, true}, notification_status::processed, "", 1}}});

  BOOST_TEST(value("select string_agg(concat_ws('|', notification_id, status, error_message, "
                   "processing_duration_ms), ';' order by notification_id) "
                   "from flux_webhook_notifications")
             == "n1|processed|12;n2|error|bad payload|5;n3|processed|1");
  BOOST_TEST(value("select count(*) from pgmq.a_nylas_webhook_notifications") == "1");
  BOOST_TEST(value("select count(*) from pgmq.q_nylas_webhook_notifications") == "1");
}

BOOST_AUTO_TEST_CASE(a_reader_that_lost_its_lease_acknowledges_nothing) {
  perform(pg::queue_notifications{{notification("n1")}});
  auto stale = perform(pg::queue_read{"nylas_webhook_notifications", 0, 1}).at(0);
  pg::connection other{url()};
  auto current = pg::queue_read{"nylas_webhook_notifications", 30, 1}.run(other).at(0);

  perform(pg::finish_notifications{
    {{{{"n1"}, stale.id, stale.read_ct}, notification_status::error, "too late", 1}}});
  BOOST_TEST(value("select status from flux_webhook_notifications") == "pending");
  perform(pg::finish_notifications{
    {{{{"n1"}, current.id, current.read_ct}, notification_status::processed, "", 1}}});
  BOOST_TEST(value("select status from flux_webhook_notifications") == "processed");
}

BOOST_AUTO_TEST_CASE(parked_notifications_whose_claim_was_never_answered_are_claimed_again) {
  perform(pg::queue_notifications{{notification("n1"), notification("n2"), notification("n3")}});
  auto queued = perform(pg::queue_read{"nylas_webhook_notifications", 30, 10});
  std::vector<notification_outcome> parked;
  for (const auto& one : queued)
    parked.push_back(
      {{{"n" + std::to_string(one.id)}, one.id, one.read_ct}, notification_status::parked, "", 1});
  perform(pg::finish_notifications{parked});

  auto held = perform(pg::claim_parked{1, 10, {}, 7}).at(0);
  pg::claim_parked lost{10, 10, {{{"grant-1"}, 1}}, 7, false, {held.id}};
  BOOST_TEST(lost.run(conn).size() == 2u);

  BOOST_TEST(lost.run(conn).size() == 2u); // as the pool does without an answer
  BOOST_TEST(perform(pg::claim_parked{10, 10, {}, 7}).empty());
}

BOOST_AUTO_TEST_CASE(a_retry_sends_what_ended_once_more) {
  perform(pg::queue_notifications{{notification("n1"), notification("n2")}});
  auto queued = perform(pg::queue_read{"nylas_webhook_notifications", 30, 1}).at(0);
  perform(pg::finish_notifications{
    {{{{"n1"}, queued.id, queued.read_ct}, notification_status::error, "x", 1}}});
  BOOST_TEST(perform(pg::list_notifications{"error", 10}).at(0).id.value == "n1");

  BOOST_TEST(
    (perform(pg::retry_notifications{{{"n1"}, {"n2"}}}) == std::vector<notification_id>{{"n1"}}));

  auto row = perform(pg::list_notifications{"pending", 10});
  BOOST_TEST(row.size() == 2u);
  BOOST_TEST(value("select retries from flux_webhook_notifications where notification_id = 'n1'")
             == "1");
  BOOST_TEST(value("select count(*) from pgmq.q_nylas_webhook_notifications") == "2");
}

BOOST_AUTO_TEST_SUITE_END()
