#include "cluster/membership.hpp"

#include "http/listen_socket.hpp"
#include "pg/operations.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/eventually.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <mutex>

using namespace nova;
using namespace std::chrono_literals;

namespace {

/// A member and all that it was told.
struct member {
  member(const std::string& url, const std::string& name, cluster::membership_settings settings) {
    settings.database.url = url;
    settings.node.name = name;
    cluster::membership_events events;
    events.changed = [this](const cluster::members& now) { known = now.nodes.size(); };
    events.dead = [this](const std::string& reason) {
      std::lock_guard lock{mutex};
      death = reason;
    };
    events.effects = [this](bool open) { effects = open; };
    events.lease = [this](const std::string&, std::optional<int64_t> under) {
      token = under.value_or(0);
    };
    running.emplace(std::move(settings), gate, std::move(events));
    running->start();
  }

  std::string why_dead() {
    std::lock_guard lock{mutex};
    return death;
  }

  std::mutex mutex;
  std::string death;
  std::atomic<size_t> known{0};
  std::atomic<bool> effects{true};
  std::atomic<int64_t> token{0};
  effects_gate gate;
  std::optional<cluster::membership> running; // last: it calls the others
};

/// Turns come late, so what happens at once happens for a notification or an order.
cluster::membership_settings slow() {
  cluster::membership_settings settings;
  settings.lease = 60s;
  settings.tick = 20s;
  settings.canary_limit = 0ms;
  return settings;
}

cluster::membership_settings quick() {
  cluster::membership_settings settings;
  settings.lease = 1000ms;
  settings.tick = 50ms;
  settings.margin = 300ms;
  settings.canary_limit = 0ms;
  return settings;
}

std::string state_of(pg::connection& conn, int64_t node) {
  const sql::statement query{"state_of", "select state from nova.cluster_nodes where id = $1"};
  return conn.exec(query, node).value<std::string>();
}

/// As if all had renewed in time for long.
void make_steady(pg::connection& conn) {
  const sql::statement steady{
    "steady", "update nova.cluster_nodes set steady_since = steady_since - interval '1 h'"};
  conn.exec(steady);
}

void set_lease(pg::connection& conn, int64_t node, const char* ends) {
  const sql::statement change{
    "set_lease", "update nova.cluster_nodes set lease_until = clock_timestamp() + $2::interval,"
                 " heartbeat_at = clock_timestamp() - interval '30 s' where id = $1"};
  conn.exec(change, node, std::string{ends});
}

struct fixture : test::database_fixture {
  void operate(const std::string& action, const std::string& node) {
    pg::operate(conn, {action, "node:" + node, "", "", 0s},
                pg::operator_action{"root", "admin", "test", "", "", "{}", "", "", ""});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(membership_test, fixture)

BOOST_AUTO_TEST_CASE(members_hear_at_once_of_who_comes_and_goes) {
  member a{url(), "a", slow()};
  {
    member b{url(), "b", slow()};
    BOOST_TEST(test::eventually([&] { return a.known == 2u; }));
    BOOST_TEST(test::eventually([&] { return b.known == 2u; }));
  }
  BOOST_TEST(test::eventually([&] { return a.known == 1u; }));
}

BOOST_AUTO_TEST_CASE(a_node_whose_address_refuses_is_dead_after_one_vote) {
  member a{url(), "a", slow()};
  auto settings = slow();
  {
    auto gone = http::listen_on("127.0.0.1", 0);
    settings.node.address = "127.0.0.1:" + std::to_string(http::port_of(gone));
  }
  member b{url(), "b", settings};
  BOOST_REQUIRE(test::eventually([&] { return a.known == 2u; }));
  make_steady(conn);

  a.running->suspect(b.running->self().id, "link lost");

  BOOST_TEST(test::eventually([&] { return state_of(conn, b.running->self().id) == "dead"; }));
  BOOST_TEST(test::eventually([&] { return a.known == 1u; }));
}

BOOST_AUTO_TEST_CASE(a_loopback_address_of_another_machine_is_not_called) {
  member a{url(), "a", slow()};
  auto settings = slow();
  settings.node.machine = "elsewhere";
  {
    auto gone = http::listen_on("127.0.0.1", 0);
    settings.node.address = "127.0.0.1:" + std::to_string(http::port_of(gone));
  }
  member b{url(), "b", settings};
  BOOST_REQUIRE(test::eventually([&] { return a.known == 2u; }));
  make_steady(conn);

  a.running->suspect(b.running->self().id, "link lost");
  a.running->want_lease("looked"); // no sooner than the suspicion

  BOOST_TEST(test::eventually([&] { return a.token != 0; }));
  const sql::statement votes{"votes", "select count(*) from nova.cluster_suspicions"};
  BOOST_TEST(conn.exec(votes).value<int64_t>() == 0);
  BOOST_TEST(state_of(conn, b.running->self().id) == "up");
}

BOOST_AUTO_TEST_CASE(a_node_that_listens_and_renews_survives_a_suspicion) {
  auto there = http::listen_on("127.0.0.1", 0);
  auto settings = slow();
  settings.node.address = "127.0.0.1:" + std::to_string(http::port_of(there));
  member a{url(), "a", slow()};
  member b{url(), "b", settings};
  BOOST_REQUIRE(test::eventually([&] { return a.known == 2u; }));
  const sql::statement votes{"votes", "select count(*) from nova.cluster_suspicions"};
  make_steady(conn);

  a.running->suspect(b.running->self().id, "link lost");

  BOOST_TEST(test::eventually([&] { return conn.exec(votes).value<int64_t>() == 1; }));
  BOOST_TEST(state_of(conn, b.running->self().id) == "up");
}

BOOST_AUTO_TEST_CASE(who_was_declared_dead_shuts_the_gate_and_says_why) {
  member a{url(), "a", quick()};
  BOOST_TEST(a.gate.open());
  const sql::statement end{"end_it", "select nova.end_node($1, 'dead', null, 'a drill')"};

  conn.exec(end, a.running->self().id);

  BOOST_TEST(test::eventually([&] { return a.why_dead() == "a drill"; }));
  BOOST_TEST(!a.gate.open());
  BOOST_TEST(!a.effects);
}

BOOST_AUTO_TEST_CASE(who_was_declared_dead_ends_also_when_nobody_says_why) {
  member a{url(), "a", quick()};
  const sql::statement end{"end_it", "select nova.end_node($1, 'dead', null, 'a drill')"};

  conn.run("begin");
  conn.exec(end, a.running->self().id);
  conn.run("alter table nova.cluster_nodes rename column dead_reason to hidden");
  conn.run("commit");

  BOOST_TEST(
    test::eventually([&] { return a.why_dead().starts_with("the reason cannot be read"); }, 10s));
}

BOOST_AUTO_TEST_CASE(a_lease_that_ran_out_is_seen_by_a_steady_member) {
  member a{url(), "a", quick()};
  member b{url(), "b", slow()};
  make_steady(conn);

  // Again and again, because its first renewal may still be under way.
  BOOST_TEST(test::eventually([&] {
    set_lease(conn, b.running->self().id, "-1 s");
    return state_of(conn, b.running->self().id) == "dead";
  }));
}

BOOST_AUTO_TEST_CASE(a_lease_goes_to_one_and_to_the_next_when_it_is_dropped) {
  member a{url(), "a", quick()};
  member b{url(), "b", quick()};
  a.running->want_lease("x");
  BOOST_REQUIRE(test::eventually([&] { return a.token != 0; }));
  b.running->want_lease("x");

  a.running->drop_lease("x");

  BOOST_TEST(test::eventually([&] { return b.token > a.token && b.token != 0; }));
  BOOST_TEST(a.token == 0);
}

BOOST_AUTO_TEST_CASE(a_lease_of_one_that_left_is_taken_under_a_greater_token) {
  std::optional<member> a;
  a.emplace(url(), "a", slow());
  member b{url(), "b", slow()};
  a->running->want_lease("x");
  BOOST_REQUIRE(test::eventually([&] { return a->token != 0; }));
  b.running->want_lease("x");
  auto before = a->token.load();

  a.reset();

  BOOST_TEST(test::eventually([&] { return b.token > before; }));
}

BOOST_AUTO_TEST_CASE(a_lost_connection_shuts_the_gate_only_when_the_lease_is_nearly_over) {
  member a{url(), "a", quick()};
  const sql::statement cut{"cut",
                           "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                           " where datname = current_database() and pid <> pg_backend_pid()"};

  conn.exec(cut);

  // It comes back within the lease, so nothing is noticed but the new connection.
  const sql::statement renewed{"renewed",
                               "select heartbeat_at > $1::timestamptz from nova.cluster_nodes"};
  const sql::statement now{"now", "select clock_timestamp()::text"};
  auto since = conn.exec(now).value<std::string>();
  BOOST_TEST(test::eventually([&] { return conn.exec(renewed, since).value<bool>(); }));
  BOOST_TEST(a.gate.open());
  BOOST_TEST(state_of(conn, a.running->self().id) == "up");
}

BOOST_AUTO_TEST_CASE(while_it_cannot_renew_its_effects_are_parked_and_nobody_dies) {
  member a{url(), "a", quick()};
  // Its renewals wait for this lock.
  const auto lock = "select 1 from nova.cluster_nodes for update";
  conn.run("begin");
  conn.run(lock);

  BOOST_TEST(test::eventually([&] { return !a.gate.open(); }));
  conn.run("rollback");

  BOOST_TEST(test::eventually([&] { return a.gate.open() && a.effects; }));
  BOOST_TEST(state_of(conn, a.running->self().id) == "up");
  BOOST_TEST(a.why_dead() == "");
}

BOOST_AUTO_TEST_CASE(a_node_whose_actors_do_not_run_is_degraded_until_they_do) {
  auto settings = quick();
  settings.canary_limit = 200ms;
  member a{url(), "a", settings};

  BOOST_TEST(test::eventually([&] { return state_of(conn, a.running->self().id) == "degraded"; }));

  BOOST_TEST(test::eventually([&] {
    a.running->canary();
    return state_of(conn, a.running->self().id) == "up";
  }));
}

BOOST_AUTO_TEST_CASE(a_draining_node_takes_no_lease) {
  member a{url(), "a", quick()};
  a.running->drain();
  BOOST_REQUIRE(
    test::eventually([&] { return state_of(conn, a.running->self().id) == "draining"; }));
  member b{url(), "b", quick()};

  a.running->want_lease("x");
  b.running->want_lease("x");

  BOOST_TEST(test::eventually([&] { return b.token != 0; }));
  BOOST_TEST(a.token == 0);
}

BOOST_AUTO_TEST_CASE(a_drained_node_hands_its_leases_over_until_it_is_undrained) {
  member a{url(), "a", slow()};
  member b{url(), "b", quick()};
  a.running->want_lease("x");
  BOOST_REQUIRE(test::eventually([&] { return a.token != 0; }));
  b.running->want_lease("x");

  operate("drain", "a");
  BOOST_TEST(test::eventually([&] { return a.token == 0 && b.token != 0; }));

  operate("undrain", "a");
  operate("drain", "b");
  BOOST_TEST(test::eventually([&] { return a.token != 0 && b.token == 0; }));
}

BOOST_AUTO_TEST_SUITE_END()
