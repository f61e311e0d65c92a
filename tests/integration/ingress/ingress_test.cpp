#include "actors/database.hpp"
#include "actors/notification_store.hpp"
#include "nylas/notification.hpp"
#include "nylas/signature.hpp"
#include "pg/migrator.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/raw_client.hpp"
#include "webhooks/service.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <future>

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr auto secret = "a secret of the test";

std::string notification(const std::string& id, const std::string& subject = "hello") {
  return R"({"specversion":"1.0","type":"message.created","source":"/google/emails/realtime","id":")"
         + id + R"(","time":1723821985,"webhook_delivery_attempt":1,"data":{"application_id":"a",)"
         + R"("object":{"id":"m1","grant_id":"g1","object":"message","subject":")" + subject
         + R"("}}})";
}

/// The whole way of a webhook but the queue's readers: HTTP, store, pool, PostgreSQL.
struct node {
  explicit node(const std::string& url) {
    database_limits limits;
    limits.timeout = 300ms;
    std::vector<database_actor> workers{spawn_database_worker(system, {.url = url}),
                                        spawn_database_worker(system, {.url = url})};
    pool = system.spawn(database, directory_slot{}, std::move(workers), limits);
    store = system.spawn(notification_store, directory_slot{}, pool, notification_store_limits{});
    service.use_store(store);
    port = service.listen("127.0.0.1", 0);
  }

  ~node() {
    service.stop(0ms);
    service.use_store({});
    caf::scoped_actor self{system};
    self->send_exit(store, caf::exit_reason::user_shutdown);
    self->send_exit(pool, caf::exit_reason::user_shutdown);
  }

  node(const node&) = delete;
  node& operator=(const node&) = delete;

  int deliver(const std::string& body) const {
    return test::raw_client{port}
      .post("/webhooks/nylas", body, "X-Nylas-Signature: " + nylas::sign(secret, body) + "\r\n")
      .status;
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  base::metrics metrics;
  webhooks::service service{system,
                            metrics,
                            nullptr,
                            {.threads = 2},
                            webhooks::ingress_parts{{{secret}}, {}}};
  database_actor pool;
  notification_store_actor store;
  uint16_t port = 0;
};

constexpr sql::statement count_stored{"count_stored",
                                      "select count(*) from flux_webhook_notifications"};
constexpr sql::statement count_queued{"count_queued",
                                      "select count(*) from pgmq.q_nylas_webhook_notifications"};
constexpr sql::statement count_controls{
  "count_controls", "select count(*) from flux_webhook_notifications where payload::jsonb #>> "
                    "'{data,object,subject}' ~ '^x*[\x01-\x1f]after$'"};
constexpr sql::statement last_transaction{"last_transaction",
                                          "select pg_current_xact_id()::text::bigint"};

int64_t number(pg::connection& conn, const sql::statement& query) {
  return conn.exec(query).value<int64_t>();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(ingress_test, test::database_fixture)

BOOST_AUTO_TEST_CASE(what_was_answered_with_200_is_in_the_log_and_in_the_queue) {
  node node{url()};
  BOOST_TEST(node.deliver(notification("n1")) == 200);
  BOOST_TEST(number(conn, count_stored) == 1);
  BOOST_TEST(number(conn, count_queued) == 1);
}

BOOST_AUTO_TEST_CASE(three_deliveries_of_one_notification_are_one_row) {
  node node{url()};
  for (int attempt = 0; attempt < 3; ++attempt)
    BOOST_TEST(node.deliver(notification("n1")) == 200);
  BOOST_TEST(number(conn, count_stored) == 1);
  BOOST_TEST(number(conn, count_queued) == 1);
}

BOOST_AUTO_TEST_CASE(a_thousand_at_once_are_all_there_in_fewer_transactions) {
  node node{url()};
  auto before = number(conn, last_transaction);
  std::vector<std::future<int>> clients;
  clients.reserve(50);
  for (int client = 0; client < 50; ++client)
    clients.push_back(std::async(std::launch::async, [&, client] {
      int good = 0;
      for (int i = 0; i < 20; ++i)
        good += node.deliver(notification(std::to_string(client * 20 + i))) == 200 ? 1 : 0;
      return good;
    }));
  int good = 0;
  for (auto& each : clients)
    good += each.get();
  BOOST_TEST(good == 1000);
  BOOST_TEST(number(conn, count_stored) == 1000);
  BOOST_TEST(number(conn, count_queued) == 1000);
  BOOST_TEST(number(conn, last_transaction) - before < 800);
}

BOOST_AUTO_TEST_CASE(what_postgresql_would_refuse_is_mended_and_stored) {
  node node{url()};
  std::vector<std::string> subjects{"caf\xe9",          "\xe4\xb8",         "\xed\xa0\x80",
                                    "\xc0\xaf",         "\\u0000",          "\\ud83d",
                                    "\\udc00",          "\\u0000\\\\u0000", "\xef\xbb\xbf\x01",
                                    "1\xf8\x88\x80\x80"};
  // At each place of the sixteen bytes that a reader with SSE2 looks at in one go.
  for (char control = 0; control < 0x20; ++control)
    for (size_t before = 0; before < 17; ++before)
      subjects.push_back(std::string(before, 'x') + control + "after");
  for (size_t i = 0; i < subjects.size(); ++i)
    BOOST_TEST(node.deliver(notification("n" + std::to_string(i), subjects[i])) == 200, i);
  BOOST_TEST(number(conn, count_stored) == static_cast<int64_t>(subjects.size()));
  // jsonb refuses more than json does; what is read of it is text.
  BOOST_TEST(number(conn, count_controls) == 31 * 17);
}

BOOST_AUTO_TEST_CASE(what_is_no_json_even_when_mended_is_refused_for_good) {
  node node{url()};
  for (const auto& body :
       {std::string(1, '\0') + notification("n1"), notification("n1") + '\x1b',
        "\xe9" + notification("n1"), notification("n1", "\\x"), notification("n1").substr(1)})
    BOOST_TEST(node.deliver(body) == 400);
  BOOST_TEST(number(conn, count_stored) == 0);
}

BOOST_AUTO_TEST_CASE(without_a_database_503_and_with_it_again_200) {
  test::temporary_folder folder;
  pg::embedded server{{.folder = folder.path(), .durable = false}};
  {
    pg::connection admin{server.url()};
    pg::migrator{admin}.up();
  }
  node node{server.url()};
  BOOST_TEST(node.deliver(notification("n1")) == 200);
  server.stop();
  BOOST_TEST(node.deliver(notification("n2")) == 503);
  server.restart();
  BOOST_TEST(test::eventually([&] { return node.deliver(notification("n2")) == 200; }));
  pg::connection again{server.url()};
  BOOST_TEST(number(again, count_stored) == 2);
}

BOOST_AUTO_TEST_SUITE_END()
