#include "pg/cluster.hpp"

#include "pg/cluster/record_actor_failures.hpp"
#include "pg/cluster_secret.hpp"
#include "pg/error.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

struct fixture : test::database_fixture {
  pg::incarnation start(const std::string& name, int64_t replaces = 0) {
    return pg::register_node(
      conn, {.name = name, .roles = {"threads", "webhooks"}, .version = "1", .replaces = replaces});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cluster_test, fixture)

BOOST_AUTO_TEST_CASE(each_start_is_a_new_incarnation) {
  auto first = start("a");
  auto second = start("b");

  BOOST_TEST(second.id > first.id);
  BOOST_TEST(second.epoch > first.epoch);
  BOOST_TEST(pg::heartbeat(conn, first.id).value().state == "up");
}

BOOST_AUTO_TEST_CASE(a_process_that_replaces_another_ends_it) {
  auto old = start("a");
  auto fresh = start("a", old.id);

  BOOST_TEST(!pg::heartbeat(conn, old.id).has_value());
  BOOST_TEST(pg::heartbeat(conn, fresh.id).has_value());
  auto nodes = pg::list_nodes(conn, 1);
  BOOST_REQUIRE(nodes.size() == 2u);
  BOOST_TEST(nodes[0].alive);
  BOOST_TEST((nodes[0].roles == std::vector<std::string>{"threads", "webhooks"}));
  BOOST_TEST(nodes[1].state == "dead");
  BOOST_TEST(nodes[1].dead_reason == "a new process started under the same name");
}

BOOST_AUTO_TEST_CASE(a_heartbeat_tells_that_somebody_came_or_went) {
  auto me = start("a");
  auto before = pg::heartbeat(conn, me.id, 4s, R"({"threads": 7})").value();

  BOOST_TEST(pg::leave(conn, start("b").id));

  BOOST_TEST(pg::heartbeat(conn, me.id).value().version > before.version);
  BOOST_TEST(!pg::leave(conn, me.id + 1));
}

BOOST_AUTO_TEST_CASE(a_lease_has_one_holder) {
  auto a = start("a");
  auto b = start("b");

  auto held = pg::take_lease(conn, "leader", a.id, 60s);

  BOOST_REQUIRE(held.has_value());
  BOOST_TEST(!pg::take_lease(conn, "leader", b.id).has_value());
  BOOST_TEST(pg::renew_lease(conn, "leader", a.id, held->token, 60s));
  BOOST_TEST(!pg::renew_lease(conn, "leader", b.id, held->token));
  BOOST_TEST(pg::release_lease(conn, "leader", a.id, held->token));
  auto next = pg::take_lease(conn, "leader", b.id);
  BOOST_REQUIRE(next.has_value());
  BOOST_TEST(next->token > held->token);
  BOOST_TEST((next->wait == 0us));
  BOOST_TEST(!pg::renew_lease(conn, "leader", a.id, held->token));
  BOOST_TEST(!pg::release_lease(conn, "leader", a.id, held->token));
}

BOOST_AUTO_TEST_CASE(the_next_holder_waits_for_the_end_of_a_dead_ones_lease) {
  auto old = start("a");
  pg::take_lease(conn, "leader", old.id, 60s);

  auto fresh = start("a", old.id);

  auto held = pg::take_lease(conn, "leader", fresh.id);
  BOOST_REQUIRE(held.has_value());
  BOOST_TEST((held->wait > 50s));
}

BOOST_AUTO_TEST_CASE(a_draining_node_takes_no_lease) {
  auto me = start("a");

  BOOST_TEST(pg::set_node_state(conn, me.id, "draining"));

  BOOST_TEST(!pg::take_lease(conn, "leader", me.id).has_value());
  BOOST_TEST(!pg::set_node_state(conn, me.id, "up"));
}

BOOST_AUTO_TEST_CASE(a_state_that_does_not_exist_is_refused) {
  auto me = start("a");
  try {
    pg::set_node_state(conn, me.id, "dead");
    BOOST_FAIL("accepted");
  } catch (const pg::error& e) {
    BOOST_TEST(e.sqlstate() == "22023");
  }
}

BOOST_AUTO_TEST_CASE(failures_are_kept_with_what_was_being_done) {
  auto me = start("a");
  perform(pg::record_actor_failures{std::nullopt,
                                    {{.kind = "node", .key = "", .reason = "no database"}}});
  perform(pg::record_actor_failures{me.id,
                                    {{.kind = "thread_sync",
                                      .key = "t1",
                                      .reason = "page 17 has no id",
                                      .message_type = "page",
                                      .doing = "reading page 17",
                                      .restart_number = 2}}});

  auto failures = pg::list_failures(conn, 10);

  BOOST_REQUIRE(failures.size() == 2u);
  BOOST_TEST(failures[0].node == "a");
  BOOST_TEST(failures[0].key == "t1");
  BOOST_TEST(failures[0].doing == "reading page 17");
  BOOST_TEST(failures[0].restart_number == 2u);
  BOOST_TEST(failures[1].node == "");
  BOOST_TEST(pg::list_failures(conn, 1).size() == 1u);
}

BOOST_AUTO_TEST_CASE(failures_of_one_cause_have_one_fingerprint) {
  for (auto reason : {"page 17 of 0af3-99 has no id", "page 4 of 1b has no id", "timeout"})
    perform(pg::record_actor_failures{std::nullopt,
                                      {{.kind = "thread_sync", .key = reason, .reason = reason}}});

  auto failures = pg::list_failures(conn, 10);

  BOOST_TEST(failures[1].fingerprint == failures[2].fingerprint);
  BOOST_TEST(failures[0].fingerprint != failures[1].fingerprint);
}

BOOST_AUTO_TEST_CASE(history_past_its_days_is_forgotten) {
  perform(pg::record_actor_failures{std::nullopt, {{.kind = "k", .key = "old", .reason = "r"}}});
  conn.run("update nova.actor_failures set at = at - interval '20 days'");
  perform(pg::record_actor_failures{std::nullopt, {{.kind = "k", .key = "new", .reason = "r"}}});

  BOOST_TEST(pg::prune_cluster_history(conn).failures == 1);

  BOOST_TEST(pg::list_failures(conn, 10).at(0).key == "new");
}

BOOST_AUTO_TEST_CASE(a_database_has_a_secret_for_its_nodes) {
  auto secret = pg::read_cluster_secret(conn);
  BOOST_TEST(secret.size() == 64u);
  BOOST_TEST(secret == pg::read_cluster_secret(conn));
}

BOOST_AUTO_TEST_SUITE_END()
