#include "base/clock.hpp"
#include "pg/email/set_inbox_status.hpp"
#include "pg/migrator.hpp"
#include "tests/integration/shell/shell_fixture.hpp"

#include <boost/test/unit_test.hpp>

// The causes that an operator must be led to: each is found by `doctor` and by `explain`.

using namespace nova;
using namespace std::chrono_literals;

namespace {

const sql::statement any_message{"any_message",
                                 "select min(nylas_message_id) from flux_email_messages"};

struct fixture : test::shell_fixture {
  explicit fixture(const simulator::options& options = test::a_mailbox(10))
    : test::shell_fixture(options) {}

  void found(const std::string& config, const std::string& text) {
    auto doctor = run("doctor");
    BOOST_TEST_INFO(doctor.out << doctor.err);
    BOOST_TEST(doctor.says(text));
    BOOST_TEST(doctor.how == base::exit_code::failed);
    BOOST_TEST(run("status").how == base::exit_code::failed);
    BOOST_TEST(json("doctor").how == base::exit_code::failed);
    test::shell_result explained;
    auto blocks = std::string::npos;
    // What the rows say may come a moment after what the actors say.
    auto blocked = test::eventually([&] {
      explained = run("explain " + config + " -o tsv --columns state,text");
      blocks = explained.out.find("BLOCKS\t");
      return blocks != std::string::npos;
    });
    BOOST_TEST_INFO(explained.out << explained.err);
    BOOST_REQUIRE(blocked);
    auto end = explained.out.find('\n', blocks);
    BOOST_TEST_INFO("what blocks: " << explained.out.substr(blocks, end - blocks));
    BOOST_TEST(explained.out.substr(blocks, end - blocks).find(text) != std::string::npos);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(cause_test)

BOOST_AUTO_TEST_CASE(a_stalled_actor) {
  fixture f;
  auto config = f.start_backfill(f.add_inbox());
  f.start();
  BOOST_REQUIRE(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
  auto long_ago = (base::wall_now() - 41s).time_since_epoch().count();
  test::pretended_actor stalled{f.node->directory(), {"thread_sync", "t1", "thread_dispatcher"}};
  stalled.slot.doing("fetching messages of thread t1, page 3");
  stalled.activity->busy_since = long_ago;

  f.found(config, "thread_sync/t1");
  BOOST_TEST(f.run("stuck --over 30s").says("busy: in a message for 41"));
  BOOST_TEST(f.run("why n1/thread_sync/t1").says("page 3"));
}

BOOST_AUTO_TEST_CASE(a_growing_mailbox) {
  fixture f;
  auto config = f.start_backfill(f.add_inbox());
  f.start();
  BOOST_REQUIRE(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
  test::pretended_actor behind{f.node->directory(), {"mail_store", "behind", ""}};
  behind.activity->received = 9204;

  f.found(config, "mailbox 9204");
  BOOST_TEST(f.run("why n1/mail_store/behind").says("9204 messages wait"));
}

/// Somebody has locked the row that the backfill must write: who writes it stands still.
BOOST_AUTO_TEST_CASE(an_actor_that_really_is_stalled) {
  fixture f;
  auto config = f.start_backfill(f.add_inbox());
  pg::connection other{f.url()};
  other.run("set idle_in_transaction_session_timeout = 0");
  other.run("begin; select from flux_inbox_configurations for update");
  f.start();
  BOOST_REQUIRE(
    test::eventually([&] { return f.run("stuck --over 10s").says("database_worker"); }));

  f.found(config, "holds a lock");
}

/// Everybody gives mail to a store that takes none.
BOOST_AUTO_TEST_CASE(a_mailbox_that_really_grows) {
  fixture f{test::a_mailbox(1500, 1)};
  auto how = f.inspected();
  how.threads.window = 1500;
  how.backfills.backfill.strategy = discovery_strategy::threads;
  f.start(std::move(how));
  BOOST_REQUIRE((f.run("suspend n1/mail_store --yes", "operate").how == base::exit_code::done));
  auto config = f.start_backfill(f.add_inbox());
  BOOST_REQUIRE(test::eventually(
    [&] { return f.run("ps mail_store --where 'mailbox>1000'").how == base::exit_code::done; }));

  f.found(config, "mail_store");
  BOOST_TEST(f.run("doctor").says("mailbox 1"));
  BOOST_REQUIRE((f.run("wake n1/mail_store --yes", "operate").how == base::exit_code::done));
  BOOST_TEST(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
}

/// A dump that was restored in part, or a right that was taken away.
BOOST_AUTO_TEST_CASE(a_function_that_is_gone) {
  fixture f;
  f.conn.run("alter function nova.claim_threads(text, bigint, integer) rename to claim_threads_2");
  auto config = f.start_backfill(f.add_inbox());
  f.start();
  BOOST_REQUIRE(test::eventually([&] { return f.run("doctor").says("cannot claim threads"); }));

  f.found(config, "claim_threads");
  BOOST_TEST(f.run("ps thread_dispatcher").says("cannot claim threads"));
  f.conn.run("alter function nova.claim_threads_2(text, bigint, integer) rename to claim_threads");
  BOOST_TEST(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
  BOOST_TEST(test::eventually([&] { return !f.run("doctor").says("cannot claim threads"); }));
}

BOOST_AUTO_TEST_CASE(an_expired_grant) {
  fixture f;
  auto config = f.start_backfill(f.add_inbox());
  pg::set_inbox_status{f.grant(), "auth_expired", "grant.expired"}.run(f.conn);
  f.start();

  f.found(config, "auth_expired");
}

BOOST_AUTO_TEST_CASE(a_paused_queue) {
  fixture f;
  f.start();
  f.run("pause queue:inbox_backfill_jobs --reason quota --yes", "operate");
  auto config = f.start_backfill(f.add_inbox());

  f.found(config, "paused by");
}

BOOST_AUTO_TEST_CASE(a_throttled_provider) {
  auto options = test::a_mailbox(20);
  options.faults =
    R"({"rules": [{"path_regex": "^/v3/grants/[^/]+/messages", "fault": "429-provider",
                       "rate": 1, "retry_after": 30}]})";
  fixture f{options};
  auto config = f.start_backfill(f.add_inbox());
  f.start();

  BOOST_REQUIRE(test::eventually([&] { return f.run("doctor").says("throttled"); }));
  f.found(config, "throttled");
}

/// Named by the provider, and throttled since: `why` leads from the message to its thread.
BOOST_AUTO_TEST_CASE(a_message_that_is_not_there) {
  fixture f;
  auto config = f.start_backfill(f.add_inbox());
  f.start();
  BOOST_REQUIRE(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
  f.conn.run("insert into queued_threads (config_id, thread_id, named, next_attempt_at, "
             "error_message) select id, 'late', '{m-late}', now() + interval '1 hour', 'HTTP 429' "
             "from flux_inbox_configurations");

  auto waits = f.run("why m-late");
  BOOST_TEST_INFO(waits.out << waits.err);
  BOOST_TEST((waits.how == base::exit_code::done));
  BOOST_TEST(waits.says("the provider named it as of thread late"));
  BOOST_TEST(waits.says("HTTP 429"));
  f.conn.run("update flux_email_messages set deleted_at = now()");
  auto id = f.conn.exec(any_message).value<std::string>();
  BOOST_TEST(f.run("why " + id).says("deleted: the provider answered 404 twice"));
}

BOOST_AUTO_TEST_CASE(a_missing_migration) {
  fixture f;
  auto config = f.start_backfill(f.add_inbox());
  f.start();
  BOOST_REQUIRE(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
  pg::migrator{f.conn}.down("email", 1);

  f.found(config, "it lacks the migrations email/");
}

BOOST_AUTO_TEST_SUITE_END()
