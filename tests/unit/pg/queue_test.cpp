#include "pg/cluster/register_node.hpp"
#include "pg/error.hpp"
#include "pg/operations.hpp"
#include "pg/queue/queue_archive_leased.hpp"
#include "pg/queue/queue_delete_leased.hpp"
#include "pg/queue/queue_exists.hpp"
#include "pg/queue/queue_extend_leased.hpp"
#include "pg/queue/queue_metrics_all.hpp"
#include "pg/queue/queue_peek.hpp"
#include "pg/queue/queue_purge.hpp"
#include "pg/queue/queue_read.hpp"
#include "pg/queue/queue_release_unread.hpp"
#include "pg/queue/queue_send.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace nova;

namespace {

constexpr auto jobs = "thread_sync_jobs";

struct fixture : test::database_fixture {
  std::vector<queue_message> read(uint32_t limit) {
    return perform(pg::queue_read{jobs, 60, limit});
  }

  void send(std::initializer_list<std::string_view> bodies) {
    for (auto body : bodies)
      perform(pg::queue_send{jobs, std::string{body}, 0});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(queue_test, fixture)

BOOST_AUTO_TEST_CASE(a_message_is_read_as_it_was_sent) {
  auto id = perform(pg::queue_send{jobs, R"({"thread": "t\"1"})", 0});

  auto messages = read(10);

  BOOST_REQUIRE(messages.size() == 1u);
  BOOST_TEST(messages[0].id == id);
  BOOST_TEST(messages[0].read_ct == 1);
  BOOST_TEST(messages[0].received_at > 1'700'000'000'000'000);
  BOOST_TEST(messages[0].body == R"({"thread": "t\"1"})");
}

BOOST_AUTO_TEST_CASE(what_is_leased_or_delayed_is_not_read) {
  perform(pg::queue_send{jobs, "1", 0});
  perform(pg::queue_send{jobs, "2", 3600});

  BOOST_TEST(read(10).size() == 1u);
  BOOST_TEST(read(10).empty());
}

BOOST_AUTO_TEST_CASE(what_a_reader_never_learned_of_is_read_again) {
  send({"1", "2"});
  auto first = perform(pg::queue_read{jobs, 60, 1, 7});
  perform(pg::queue_read{jobs, 60, 1, 7}); // and the answer is lost

  BOOST_TEST(perform(pg::queue_release_unread{7, jobs, {first.at(0).id}}) == 1u);

  auto again = perform(pg::queue_read{jobs, 60, 10, 7});
  BOOST_REQUIRE(again.size() == 1u);
  BOOST_TEST(again[0].body == "2");
  BOOST_TEST(again[0].read_ct == 2);
}

BOOST_AUTO_TEST_CASE(a_node_that_an_operator_drained_reads_nothing) {
  perform(pg::queue_send{jobs, "1", 0});
  auto node = perform(pg::register_node{{.name = "a"}});
  pg::operate(conn, {"drain", "node:a", "", "", {}},
              pg::operator_action{"root", "admin", "test", "", "", "{}", "", "", ""});
  BOOST_TEST(perform(pg::queue_read{jobs, 60, 1, node.epoch}).empty());

  pg::operate(conn, {"undrain", "node:a", "", "", {}},
              pg::operator_action{"root", "admin", "test", "", "", "{}", "", "", ""});
  BOOST_TEST(perform(pg::queue_read{jobs, 60, 1, node.epoch}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stale_reader_removes_nothing) {
  auto id = perform(pg::queue_send{jobs, "1", 0});
  auto stale = perform(pg::queue_read{jobs, 0, 1});
  pg::connection other{url()};
  auto holder = pg::queue_read{jobs, 60, 1}.run(other);
  BOOST_REQUIRE(holder.size() == 1u);

  BOOST_TEST(perform(pg::queue_delete_leased{jobs, {id}, {stale[0].read_ct}}) == 0u);
  BOOST_TEST(perform(pg::queue_archive_leased{jobs, {id}, {stale[0].read_ct}}) == 0u);
  BOOST_TEST(perform(pg::queue_extend_leased{jobs, {id}, {stale[0].read_ct}, 0}) == 0u);
  pg::queue_delete_leased held{jobs, {id, 99}, {holder[0].read_ct, 1}};
  BOOST_TEST(held.run(other) == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_given_back_is_read_by_the_next) {
  perform(pg::queue_send{jobs, "1", 0});
  auto messages = read(1);

  BOOST_TEST(perform(pg::queue_extend_leased{jobs, {messages[0].id}, {1}, 0}) == 1u);

  pg::connection other{url()};
  auto next = pg::queue_read{jobs, 60, 1}.run(other);
  BOOST_TEST(next.at(0).read_ct == 2);
}

BOOST_AUTO_TEST_CASE(figures_tell_what_is_there) {
  send({"1", "2", "3"});
  auto messages = read(2);
  perform(pg::queue_archive_leased{jobs, {messages[0].id}, {messages[0].read_ct}, "too often"});

  auto all = perform(pg::queue_metrics_all{});

  auto mine = std::ranges::find(all, jobs, &pg::queue_metrics::name);
  BOOST_REQUIRE((mine != all.end()));
  BOOST_TEST(all.size() == 3u);
  BOOST_TEST(mine->length == 2);
  BOOST_TEST(mine->visible == 1);
  BOOST_TEST(mine->total == 3);
  BOOST_TEST(mine->archived == 1);
}

BOOST_AUTO_TEST_CASE(peek_leases_nothing_and_purge_takes_all) {
  send({"1", "2"});

  BOOST_TEST(perform(pg::queue_peek{jobs, 10}).size() == 2u);
  BOOST_TEST(perform(pg::queue_peek{jobs, 1}).at(0).read_ct == 0);
  BOOST_TEST(perform(pg::queue_purge{jobs}) == 2);
  BOOST_TEST(perform(pg::queue_peek{jobs, 10}).empty());
}

BOOST_AUTO_TEST_CASE(a_queue_that_does_not_exist_is_refused) {
  BOOST_TEST(perform(pg::queue_exists{jobs}));
  BOOST_TEST(!perform(pg::queue_exists{"nosuch"}));
  try {
    perform(pg::queue_read{"nosuch", 60, 1});
    BOOST_FAIL("read from nowhere");
  } catch (const pg::error& e) {
    BOOST_TEST((e.kind() == pg::failure::refused));
    BOOST_TEST(e.sqlstate() == "42P01");
  }
}

BOOST_AUTO_TEST_SUITE_END()
