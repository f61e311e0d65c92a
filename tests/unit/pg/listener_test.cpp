#include "pg/listener.hpp"

#include "pg/error.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/failures.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr sql::statement notify_many{
  "notify_many", "select pg_notify($1, n::text) from generate_series(1, $2) as n"};
constexpr sql::statement end_others{
  "end_others",
  "select count(*) from (select pg_terminate_backend(pid, 5000) from pg_stat_activity "
  "where datname = current_database() and pid <> pg_backend_pid()) as ended"};

struct fixture : test::empty_database_fixture {
  /// Until `count` have arrived or ten seconds are over.
  std::vector<pg::listener::notice> collect(pg::listener& ears, size_t count) {
    std::vector<pg::listener::notice> all;
    auto deadline = std::chrono::steady_clock::now() + 10s;
    while (all.size() < count && std::chrono::steady_clock::now() < deadline)
      for (auto& one : ears.wait(1s))
        all.push_back(std::move(one));
    return all;
  }

  void notify(const std::string& channel, int count = 1) {
    conn.exec(notify_many, channel, count);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(listener_test, fixture)

BOOST_AUTO_TEST_CASE(a_notification_wakes_the_wait) {
  pg::listener ears{url(), {"work"}};
  std::jthread voice{[this] { notify("work"); }};
  auto heard = collect(ears, 1);
  BOOST_REQUIRE(heard.size() == 1u);
  BOOST_TEST(heard[0].channel == "work");
  BOOST_TEST(heard[0].payload == "1");
}

BOOST_AUTO_TEST_CASE(channels_may_have_any_name) {
  std::string odd = "Work \"of\" queue; drop table x --";
  pg::listener ears{url(), {"plain", odd}};
  notify(odd);
  auto heard = collect(ears, 1);
  BOOST_REQUIRE(heard.size() == 1u);
  BOOST_TEST(heard[0].channel == odd);
}

BOOST_AUTO_TEST_CASE(other_channels_are_not_heard) {
  pg::listener ears{url(), {"mine"}};
  notify("other");
  notify("mine");
  auto heard = collect(ears, 1);
  BOOST_REQUIRE(heard.size() == 1u);
  BOOST_TEST(heard[0].channel == "mine");
}

BOOST_AUTO_TEST_CASE(ten_thousand_notifications_are_all_drained_in_order) {
  pg::listener ears{url(), {"many"}};
  notify("many", 10'000);
  auto heard = collect(ears, 10'000);
  BOOST_REQUIRE(heard.size() == 10'000u);
  BOOST_TEST(heard.front().payload == "1");
  BOOST_TEST(heard.back().payload == "10000");
  BOOST_TEST(
    conn.exec(sql::statement{"usage", "select pg_notification_queue_usage()"}).value<double>()
    < 0.01);
}

BOOST_AUTO_TEST_CASE(nothing_to_hear_ends_at_the_deadline) {
  pg::listener ears{url(), {"silent"}};
  auto start = std::chrono::steady_clock::now();
  BOOST_TEST(ears.wait(30ms).empty());
  BOOST_TEST((std::chrono::steady_clock::now() - start >= 30ms));
}

BOOST_AUTO_TEST_CASE(a_lost_connection_is_noticed_while_waiting) {
  pg::listener ears{url(), {"work"}};
  std::jthread ender{[this] { conn.exec(end_others); }};
  BOOST_CHECK_EXCEPTION(for (int i = 0; i < 100; ++i) ears.wait(1s), pg::error,
                        test::fails_as(pg::failure::lost));
}

BOOST_AUTO_TEST_CASE(listening_works_on_a_straight_connection) {
  BOOST_TEST(pg::listen_works({.url = url()}));
}

BOOST_AUTO_TEST_SUITE_END()
