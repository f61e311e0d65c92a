#include "feed/change_feed.hpp"

#include "base/log.hpp"
#include "http/router.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/raw_client.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <thread>

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr auto ann = "00000000-0000-0000-0000-00000000000a";
constexpr auto bob = "00000000-0000-0000-0000-00000000000b";

/// The feed over a real database and a real listener.
struct fixture : test::database_fixture {
  explicit fixture(feed::change_feed_settings given = {}) {
    base::configure_log({base::log_level::off, base::log_format::text});
    conn.run("insert into flux_inboxes (id, email, grant_id, user_id) values "
             "('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'ga', 'ann'), "
             "('00000000-0000-0000-0000-00000000000b', 'bob@example.com', 'gb', 'bob')");
    given.database.url = url();
    feed = std::make_unique<feed::change_feed>(std::move(given), metrics);
    router.add("GET", "/changes", [this](http::request request, http::server::reply reply) {
      feed->receive(std::move(request), std::move(reply));
    });
    port = server.listen("127.0.0.1", 0);
  }

  ~fixture() {
    feed->stop();
    server.stop(0ms);
  }

  std::string token(const std::string& user) {
    const sql::statement query{"token", "select mail_change_token('user', $1)"};
    return conn.exec(query, user).value<std::string>();
  }

  void write(const std::string& inbox, const std::string& id, pg::connection* with = nullptr) {
    auto text =
      "insert into flux_email_messages (inbox_id, nylas_message_id, nylas_thread_id, lo, hi) "
      "values ('"
      + inbox + "', '" + id + "', 't', 1, 2)";
    (with ? *with : conn).run(text.c_str());
  }

  /// A client that asked; its head has not been read.
  std::unique_ptr<test::raw_client> follow(const std::string& token,
                                           const std::string& since = {}) {
    auto client = std::make_unique<test::raw_client>(port);
    client->send("GET /changes" + (since.empty() ? "" : "?since=" + since)
                 + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n");
    return client;
  }

  /// One that is live: it was told where it is.
  std::unique_ptr<test::raw_client> live(const std::string& user) {
    auto client = follow(token(user));
    BOOST_REQUIRE(client->read_until("event: position"));
    return client;
  }

  static size_t count(const std::string& text, std::string_view what) {
    size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
      ++found;
    return found;
  }

  /// The id of the last event that came.
  static std::string last_id(const test::raw_client& client) {
    auto begin = client.came().rfind("id: ") + 4;
    return client.came().substr(begin, client.came().find('\n', begin) - begin);
  }

  base::metrics metrics;
  http::router router;
  http::server server{{}, [this](http::request request, http::server::reply reply) {
                        router.handle(std::move(request), std::move(reply));
                      }};
  std::unique_ptr<feed::change_feed> feed;
  uint16_t port = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(change_feed_test, fixture)

BOOST_AUTO_TEST_CASE(a_change_comes_to_who_may_see_it_and_to_nobody_else) {
  auto hers = live("ann"), his = live("bob");

  write(ann, "m1");
  write(bob, "m2");

  BOOST_TEST(hers->read_until("\"key\":\"m1\""));
  BOOST_TEST(his->read_until("\"key\":\"m2\""));
  BOOST_TEST(count(hers->came(), "m2") == 0u);
  BOOST_TEST(count(his->came(), "m1") == 0u);
  BOOST_TEST(hers->came().find("Content-Type: text/event-stream") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_good_token_nothing_is_said) {
  BOOST_TEST(test::raw_client{port}.get("/changes").status == 401);
  BOOST_TEST(follow("0123456789abcdef")->read().status == 401);
  auto expired = token("ann");
  conn.run("update nova.change_tokens set expires_at = now()");
  BOOST_TEST(follow(expired)->read().status == 401);
  BOOST_TEST(follow(token("ann"), "yesterday")->read().status == 400);
}

BOOST_AUTO_TEST_CASE(who_comes_back_is_told_what_came_meanwhile_once_and_in_order) {
  auto first = live("ann");
  write(ann, "m1");
  BOOST_REQUIRE(first->read_until("m1"));
  auto id = last_id(*first);
  first.reset();
  for (int i = 2; i < 40; ++i)
    write(ann, "m" + std::to_string(i) + ";");

  auto second = follow(token("ann"), id);
  BOOST_REQUIRE(second->read_until("event: position"));
  write(ann, "last");
  BOOST_REQUIRE(second->read_until("last"));

  BOOST_TEST(count(second->came(), "event: change") == 39u);
  BOOST_TEST(second->came().find("m2;") < second->came().find("m39;"));
  BOOST_TEST(count(second->came(), "\"m1\"") == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_committed_late_comes_late) {
  auto client = live("ann");
  pg::connection late{database.url()};
  late.run("begin");
  write(ann, "late", &late);
  write(ann, "early");
  std::this_thread::sleep_for(100ms); // that nothing comes can only be seen by waiting
  BOOST_TEST(count(client->came(), "event: change") == 0u);

  late.run("commit");

  BOOST_REQUIRE(client->read_until("early"));
  BOOST_TEST(client->came().find("\"late\"") < client->came().find("\"early\""));
}

BOOST_AUTO_TEST_CASE(a_position_of_another_database_is_told_to_begin_anew) {
  auto client = follow(token("ann"), "1-1-1-0:5:0:00000000-0000-0000-0000-000000000000:");

  BOOST_TEST(client->read_until("event: resync"));
  BOOST_TEST(client->read_until("restored"));
  write(ann, "m1");
  BOOST_TEST(client->read_until("m1"));
}

BOOST_AUTO_TEST_CASE(rows_that_are_deleted_for_good_are_told_to_whom_they_concern) {
  auto hers = live("ann"), his = live("bob");
  write(ann, "m1");
  BOOST_REQUIRE(hers->read_until("m1"));

  conn.run("delete from flux_email_messages");
  write(bob, "m2");

  BOOST_TEST(hers->read_until("event: resync"));
  BOOST_TEST(his->read_until("m2"));
  BOOST_TEST(count(his->came(), "resync") == 0u);
}

BOOST_AUTO_TEST_CASE(a_hundred_clients_are_told_each_change_once) {
  std::deque<std::unique_ptr<test::raw_client>> all;
  auto good = token("ann");
  for (int i = 0; i < 100; ++i)
    all.push_back(follow(good));
  for (auto& client : all)
    BOOST_REQUIRE(client->read_until("event: position"));

  for (int i = 0; i < 20; ++i)
    write(ann, "m" + std::to_string(i) + ";");

  for (auto& client : all) {
    BOOST_REQUIRE(client->read_until("m19;"));
    BOOST_TEST(count(client->came(), "event: change") == 20u);
  }
}

BOOST_AUTO_TEST_CASE(the_end_of_the_node_ends_the_streams) {
  auto client = live("ann");

  feed->stop();

  BOOST_TEST(client->read_until("\r\n\r\n"));
  BOOST_TEST(follow("x")->read().status == 503);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct small_fixture : fixture {
  small_fixture() : fixture(settings()) {}

  static feed::change_feed_settings settings() {
    feed::change_feed_settings given;
    given.clients_max = 1;
    given.waiting_max = 2'000;
    given.token_check = 50ms;
    given.heartbeat = 50ms; // by which it is found out that a client is gone
    return given;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(bounded_change_feed_test, small_fixture)

BOOST_AUTO_TEST_CASE(who_does_not_read_is_told_to_begin_anew_and_let_go) {
  auto client = live("ann");

  // One transaction: all of it waits at once.
  conn.run("insert into flux_email_messages (inbox_id, nylas_message_id, lo, hi) "
           "select '00000000-0000-0000-0000-00000000000a', 'm' || n, 1, 2 "
           "from generate_series(1, 500) n");

  BOOST_TEST(client->read_until("lagging\"}\n\n"));
  BOOST_TEST(!client->read_until("more")); // which it ends before
}

BOOST_AUTO_TEST_CASE(one_more_than_a_node_takes_is_refused) {
  auto client = live("ann");
  BOOST_TEST(follow(token("bob"))->read().status == 503);

  client.reset();
  write(ann, "m1"); // which finds out that the client is gone

  BOOST_TEST(test::eventually([&] { return follow(token("bob"))->read_until("event: position"); }));
}

BOOST_AUTO_TEST_CASE(a_token_that_is_taken_back_ends_its_stream) {
  auto client = live("ann");

  conn.run("delete from nova.change_tokens");

  BOOST_TEST(client->read_until("event: end"));
}

BOOST_AUTO_TEST_SUITE_END()
