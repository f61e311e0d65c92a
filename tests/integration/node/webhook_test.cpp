#include "pg/email/list_inboxes.hpp"
#include "pg/email/queue_notifications.hpp"
#include "simulator/changes.hpp"
#include "tests/support/node_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>

using namespace nova;
using namespace std::chrono_literals;

namespace {

void no_death(const std::string& reason) {
  BOOST_ERROR("the node gave up: " + reason);
}

/// A node with its HTTP side, whose webhooks the simulator knows.
struct webhook_fixture : test::node_fixture {
  webhook_fixture() : node_fixture(mailbox()) {}

  static simulator::options mailbox() {
    auto options = test::a_mailbox(60, 3);
    options.webhooks.time_scale = 0.001; // minutes between attempts become milliseconds
    return options;
  }

  app::node_settings with_http() {
    auto made = settings();
    made.http.enabled = true;
    made.http.trust.secrets = {provider.webhook_secret()};
    made.listening = [this](const app::node_addresses& at) { address = at.http; };
    return made;
  }

  void subscribe(bool compressed = false) {
    BOOST_REQUIRE(test::eventually([&] { return !address.empty(); }));
    provider.add_webhook_target("http://" + address + "/webhooks/nylas", compressed);
  }

  void backfill() {
    auto config = start_backfill(add_inbox());
    BOOST_REQUIRE(test::eventually([&] { return backfill_status(config) == "completed"; }));
  }

  void change_mailbox(uint64_t count, simulator::distortion how) {
    simulator::live_options live;
    live.rate = 0;
    live.count = count;
    live.how = how;
    BOOST_REQUIRE(provider.start_live(live));
    BOOST_REQUIRE(test::eventually([&] {
      return !provider.live().progress().running && provider.webhooks().statistics().waiting == 0;
    }));
  }

  bool equal() {
    return test::differences(conn, provider, grant()).empty();
  }

  void expect_equal() {
    test::eventually([&] { return equal(); }, 30s);
    BOOST_TEST(test::differences(conn, provider, grant()) == std::vector<std::string>{},
               boost::test_tools::per_element());
    BOOST_TEST(test::broken_invariants(conn) == std::vector<std::string>{},
               boost::test_tools::per_element());
  }

  uint64_t notifications(const std::string& status) {
    const sql::statement count{"count_notifications",
                               "select count(*) from flux_webhook_notifications where status = $1"};
    return conn.exec(count, status).value<uint64_t>();
  }

  /// What is in the queue, taken or not.
  uint64_t queued() {
    const sql::statement count{"count_queued",
                               "select count(*) from pgmq.q_nylas_webhook_notifications"};
    return conn.exec(count).value<uint64_t>();
  }

  std::string address;
};

constexpr sql::statement any_message{
  "any_message", "select nylas_message_id, nylas_thread_id from flux_email_messages limit 1"};
constexpr sql::statement threads_of{
  "threads_of", "select nylas_thread_id from flux_email_messages where nylas_message_id = $1"};

} // namespace

BOOST_FIXTURE_TEST_SUITE(webhook_test, webhook_fixture)

BOOST_AUTO_TEST_CASE(changes_of_the_mailbox_arrive_by_webhook) {
  app::node node{with_http(), no_death};
  backfill();
  subscribe();

  change_mailbox(100, {});

  expect_equal();
  BOOST_TEST(notifications("error") == 0u);
  BOOST_TEST(test::eventually([&] { return notifications("pending") == 0; }));
}

/// From the POST to the row: a reply that the mailbox itself does not tell of.
BOOST_AUTO_TEST_CASE(a_reply_that_tracking_alone_tells_of_is_stored) {
  app::node node{with_http(), no_death};
  backfill();
  subscribe();
  auto [root, thread] = conn.exec(any_message).rows<std::string, std::string>().front();
  auto& mailbox = *provider.state().grants()[0];

  simulator::new_message wanted;
  wanted.thread_id = thread;
  wanted.subject = "Re: tracked";
  auto reply = provider.change().quiet().create(mailbox, wanted);
  BOOST_REQUIRE(reply);
  provider.change().tell(simulator::replied_event(mailbox, *reply, root));

  BOOST_TEST(test::eventually([&] { return notifications("processed") == 1; }));
  BOOST_TEST(conn.exec(threads_of, reply->id).value<std::string>() == thread);
  expect_equal();
}

BOOST_AUTO_TEST_CASE(duplicated_reordered_truncated_and_mislabelled_ones_end_in_the_same_mailbox) {
  app::node node{with_http(), no_death};
  backfill();
  subscribe(true);

  simulator::distortion how;
  how.duplicates = 0.2;
  how.reorder = 300ms;
  how.truncated = 0.1;
  how.transformed = 0.05;
  how.mislabelled = 0.1;
  how.unknown = 0.05;
  change_mailbox(400, how);

  expect_equal();
  BOOST_TEST(notifications("error") == 0u);
  BOOST_TEST(notifications("ignored") > 0u);
}

BOOST_AUTO_TEST_CASE(mail_that_needs_no_call_is_not_behind_what_waits_for_one) {
  auto slow = with_http();
  slow.grants.fixed_delay = 60s;
  add_inbox();
  std::vector<incoming_notification> waiting;
  auto notification = [this](const std::string& id, const std::string& type) {
    return incoming_notification{
      id, type, grant_id{grant()},
      R"({"id":")" + id + R"(","type":")" + type + R"(","data":{"object":{"id":"m)" + id
        + R"(","object":"message","thread_id":"t1","grant_id":")" + grant() + R"("}}})"};
  };
  for (int i = 0; i < 200; ++i)
    waiting.push_back(notification("slow" + std::to_string(i), "message.updated.truncated"));
  waiting.push_back(notification("whole", "message.created"));
  pg::queue_notifications{waiting}.run(conn);

  app::node node{slow, no_death};

  BOOST_TEST(test::eventually([&] { return notifications("processed") > 0; }));
  BOOST_TEST(notifications("pending") >= 190u);
  BOOST_TEST(test::eventually([&] { return queued() == 0; }));
}

BOOST_AUTO_TEST_CASE(what_webhooks_lost_is_found_by_a_sweep) {
  auto quick = with_http();
  quick.reconcile.sweep_look = 200ms;
  quick.reconcile.sweep_every = 1s;
  app::node node{quick, no_death};
  backfill();
  subscribe();

  simulator::distortion how;
  how.lost = 1;
  simulator::live_options live;
  live.rate = 0;
  live.count = 30;
  live.how = how;
  live.mix = {1, 1, 0, 0, 0, 0, 0, 0, 0};
  BOOST_REQUIRE(provider.start_live(live));
  BOOST_REQUIRE(test::eventually([&] { return !provider.live().progress().running; }));

  expect_equal();
}

BOOST_AUTO_TEST_CASE(an_expired_grant_parks_the_inbox_and_its_return_closes_the_gap) {
  app::node node{with_http(), no_death};
  backfill();
  subscribe();
  auto& owner = *provider.state().find_grant(grant());

  provider.change().expire(owner);
  BOOST_TEST(test::eventually(
    [&] { return pg::list_inboxes{grant()}.run(conn).at(0).status == "auth_expired"; }));
  simulator::new_message lost;
  lost.subject = "while nobody was allowed to look";
  provider.change().quiet().create(owner, lost);
  provider.change().reauthorise(owner);

  BOOST_TEST(
    test::eventually([&] { return pg::list_inboxes{grant()}.run(conn).at(0).status == "active"; }));
  expect_equal();
}

BOOST_AUTO_TEST_SUITE_END()
