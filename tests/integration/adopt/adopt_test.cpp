#include "app/program.hpp"
#include "tests/cluster/node_process.hpp"
#include "tests/support/node_service.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace nova;
using namespace std::chrono_literals;

namespace {

const std::string inbox = "10000000-0000-4000-8000-000000000001";
const std::string running = "20000000-0000-4000-8000-000000000001";
const std::string webhook_queue = "nylas_webhook_notifications";

constexpr sql::statement add_owner{
  "add_owner", "insert into flux_inboxes (id, user_id, email, grant_id, provider) values "
               "('10000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', "
               "'owner@example.com', $1, 'nylas')"};
constexpr sql::statement add_thread{
  "add_thread", "insert into flux_email_threads (inbox_id, nylas_thread_id) select "
                "'10000000-0000-4000-8000-000000000001', $1 where not exists (select from "
                "flux_email_threads where nylas_thread_id = $1)"};
constexpr sql::statement add_message{
  "add_message",
  "insert into flux_email_messages (inbox_id, thread_id, nylas_message_id, subject, "
  "received_date, unread) select t.inbox_id, t.id, $1, $2, to_timestamp($3::bigint), "
  "false from flux_email_threads t where t.nylas_thread_id = $4"};
constexpr sql::statement node_ids{
  "node_ids", "select nylas_message_id || ' ' || id from flux_email_messages order by 1"};
constexpr sql::statement nova_ids{
  "nova_ids", "select m.nylas_message_id || ' ' || m.id from flux_email_messages m join "
              "nova.adopted_rows a on a.source_table = 'flux_email_messages' and a.key = "
              "m.nylas_message_id order by 1"};

/// The Node service has half of a mailbox, without bodies, and is in the middle of a backfill.
struct move_fixture : test::node_fixture {
  move_fixture() : node_fixture(mailbox()) {
    service.conn.exec(add_owner, grant());
    size_t seen = 0;
    provider.visit_truth(grant(), [&](const simulator::message_record& one) {
      if (!one.draft && ++seen % 2 == 0)
        has(one);
    });
    service.run(
      "insert into flux_inbox_configurations (id, inbox_id, backfill_status, "
      "backfill_start_date, backfill_end_date, created_at) values ('"
      + running + "', '" + inbox
      + "', 'thread_sync', now() - interval '364 days', now(), now() - interval '1 hour')");
    service.run("insert into queued_threads (config_id, thread_id, status) select '" + running
                + "', nylas_thread_id, 'queued' from flux_email_threads");
    service.run("select pgmq.send('thread_sync_jobs', jsonb_build_object('config_id', '" + running
                + "', 'thread_id', thread_id)) from queued_threads");
    service.run("insert into inbox_sync_stats (config_id, threads_queued) values ('" + running
                + "', 60)");
    notify("n-old");
  }

  static simulator::options mailbox() {
    auto options = test::a_mailbox(60, 3);
    options.webhooks.time_scale = 0.001;
    return options;
  }

  void has(const simulator::message_record& one) {
    service.conn.exec(add_thread, one.thread_id);
    service.conn.exec(add_message, one.id, "as the Node service had it", one.date, one.thread_id);
    newest = one;
  }

  /// Something waits in the queue of the Node service.
  void notify(const std::string& id) {
    auto payload = R"({"id":")" + id + R"(","type":"message.updated","data":{"grant_id":")"
                   + grant() + R"(","object":{"id":")" + newest.id + R"(","grant_id":")" + grant()
                   + R"("}}})";
    service.run("insert into flux_webhook_notifications (notification_id, notification_type, "
                "grant_id, payload) values ('"
                + id + "', 'message.updated', '" + grant() + "', '" + payload
                + "'); select pgmq.send('nylas_webhook_notifications', "
                  "'{\"notification_id\": \""
                + id + "\"}')");
  }

  int nova(std::vector<std::string> words) {
    std::ostringstream out, err;
    words.emplace_back("--json");
    auto code = app::run_program(words,
                                 {{"DATABASE_URL", url()},
                                  {"NOVA_ADOPT_FROM", service.url()},
                                  {"NYLAS_API_URI", provider.url()},
                                  {"NYLAS_API_KEY", provider.api_key()},
                                  {"LOG_LEVEL", "off"}},
                                 out, err);
    said = out.str() + err.str();
    return code;
  }

  [[nodiscard]] bool says(const std::string& text) const {
    return said.find(text) != std::string::npos;
  }

  int64_t count(const std::string& rest) {
    return test::count_rows(conn, rest);
  }

  /// `nova run` with its webhooks at a port of its own.
  std::unique_ptr<app::child_process> run_beside() {
    return std::make_unique<app::child_process>(
      std::vector<std::string>{"run", "--name", "beside", "--http", "127.0.0.1:0"},
      std::map<std::string, std::string>{{"DATABASE_URL", url()},
                                         {"NYLAS_API_URI", provider.url()},
                                         {"NYLAS_API_KEY", provider.api_key()},
                                         {"NYLAS_WEBHOOK_SECRET", provider.webhook_secret()},
                                         {"POLL_INTERVAL_MS", "200"},
                                         {"COMPLETION_CHECK_INTERVAL_MS", "200"},
                                         {"NOVA_LISTEN", "off"},
                                         {"NOVA_INSPECT", "off"}},
      folder.path() + "/log");
  }

  /// Where that node takes webhooks.
  std::string address() {
    std::string found;
    BOOST_REQUIRE(test::eventually([&] {
      std::ifstream file{folder.path() + "/log"};
      const std::string log{std::istreambuf_iterator<char>{file}, {}};
      auto at = log.find("listening http=");
      if (at == std::string::npos || log.find('\n', at) == std::string::npos)
        return false;
      at += std::string_view{"listening http="}.size();
      found = log.substr(at, log.find_first_of(" \n", at) - at);
      return true;
    }));
    return found;
  }

  void change_mailbox(uint64_t changes) {
    simulator::live_options live;
    live.rate = 0;
    live.count = changes;
    BOOST_REQUIRE(provider.start_live(live));
    BOOST_REQUIRE(test::eventually([&] {
      return !provider.live().progress().running && provider.webhooks().statistics().waiting == 0;
    }));
  }

  std::string said;
  simulator::message_record newest;
  test::temporary_folder folder;
  test::node_service service;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(adopt_test, move_fixture)

BOOST_AUTO_TEST_CASE(a_service_is_adopted_run_beside_switched_found_equal_and_taken_back) {
  // Adopted: what is there is here, and nothing of it counts as read.
  BOOST_TEST(nova({"adopt", "plan"}) == 0, said);
  BOOST_TEST(says(R"("queue":"thread_sync_jobs","waiting":)"), said);
  for (const std::string table : {"queued_threads", "inbox_sync_stats"})
    BOOST_TEST(says("\"table\":\"" + table + "\",\"rows\":" + std::to_string(service.count(table))),
               said);
  BOOST_TEST(nova({"adopt", "copy"}) == 0, said);
  BOOST_TEST(nova({"adopt", "verify"}) == 0, said);
  BOOST_TEST(nova({"inbox", "list"}) == 0);
  BOOST_TEST(says(R"("user_id":"a0000000-0000-4000-8000-000000000001")"), said);
  auto adopted = service.count("flux_email_messages");
  BOOST_REQUIRE(adopted > 50);
  BOOST_TEST(count("flux_email_messages where provisional") == adopted);

  // Beside it: a node runs, and the Node service goes on.
  auto node = run_beside();
  auto webhook_address = address();
  notify("n-late");
  service.run("update flux_inboxes set display_name = 'changed'");
  BOOST_TEST(nova({"adopt", "copy"}) == 0, said);
  BOOST_TEST(service.waiting(webhook_queue) == 2);

  // Switched: notifications come to Nova from now on.
  provider.add_webhook_target("http://" + webhook_address + "/webhooks/nylas");
  change_mailbox(20);
  BOOST_TEST(nova({"adopt", "take"}) == 2, said); // nobody said yes
  BOOST_TEST(service.waiting(webhook_queue) == 2);
  BOOST_TEST(nova({"adopt", "take", "--yes"}) == 0, said);
  BOOST_TEST(says(running), said);
  BOOST_TEST(service.waiting(webhook_queue) + service.waiting("thread_sync_jobs") == 0);
  BOOST_TEST(test::eventually([&] { return backfill_status(running) == "completed"; }));

  // Equal: bodies and recipients that the Node service lacked are here, under the ids that it gave.
  BOOST_TEST(test::eventually(
               [&] {
                 return nova({"audit", "owner@example.com"}) == 0;
               },
               90s),
             said);
  BOOST_TEST(test::differences(conn, provider, grant()) == std::vector<std::string>{},
             boost::test_tools::per_element());
  BOOST_TEST(conn.exec(nova_ids).column<std::string>()
               == service.conn.exec(node_ids).column<std::string>(),
             boost::test_tools::per_element());
  BOOST_TEST(count("flux_email_messages where provisional and origin = 'adopted'") == 0);
  BOOST_TEST(count("flux_webhook_notifications where notification_id in ('n-old', 'n-late') and "
                   "status in ('processed', 'ignored')")
             == 2);
  BOOST_TEST(nova({"adopt", "verify"}) == 0, said);

  // Taken back: what the Node service missed is in its queue, once.
  node->stop();
  BOOST_TEST(nova({"adopt", "back", "--yes"}) == 0, said);
  auto missed =
    count("flux_webhook_notifications where notification_id not in ('n-old', 'n-late')");
  BOOST_REQUIRE(missed > 0);
  BOOST_TEST(service.waiting(webhook_queue) == missed);
  BOOST_TEST(service.count("flux_webhook_notifications where status = 'pending'") == missed + 2);
  BOOST_TEST(nova({"adopt", "back", "--yes"}) == 0, said);
  BOOST_TEST(service.waiting(webhook_queue) == missed);
  BOOST_TEST(test::broken_invariants(conn) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
