#include "pg/cluster/heartbeat_node.hpp"
#include "pg/cluster/leave_cluster.hpp"
#include "pg/cluster/list_nodes.hpp"
#include "pg/cluster/prune_cluster_history.hpp"
#include "pg/cluster/read_cluster_secret.hpp"
#include "pg/cluster/record_actor_failures.hpp"
#include "pg/cluster/register_node.hpp"
#include "pg/cluster/release_lease.hpp"
#include "pg/cluster/renew_leases.hpp"
#include "pg/cluster/set_node_state.hpp"
#include "pg/cluster/take_leases.hpp"
#include "pg/error.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

struct fixture : test::database_fixture {
  pg::incarnation start(const std::string& name, int64_t replaces = 0) {
    return perform(pg::register_node{
      {.name = name, .roles = {"threads", "webhooks"}, .version = "1", .replaces = replaces}});
  }

  /// Something of each recorded failure, the newest first.
  std::vector<std::string> failures(const std::string& what) {
    auto text = "select " + what + " from nova.actor_failures order by id desc";
    std::vector<std::string> all;
    auto found = conn.exec(sql::statement{"failures", text.c_str()});
    for (auto& [one] : found.rows<std::string>())
      all.push_back(std::move(one));
    return all;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cluster_test, fixture)

BOOST_AUTO_TEST_CASE(each_start_is_a_new_incarnation) {
  auto first = start("a");
  auto second = start("b");

  BOOST_TEST(second.id > first.id);
  BOOST_TEST(second.epoch > first.epoch);
  BOOST_TEST(perform(pg::heartbeat_node{first.id}).value().state == "up");
}

BOOST_AUTO_TEST_CASE(a_process_that_replaces_another_ends_it) {
  auto old = start("a");
  auto fresh = start("a", old.id);

  BOOST_TEST(!perform(pg::heartbeat_node{old.id}).has_value());
  BOOST_TEST(perform(pg::heartbeat_node{fresh.id}).has_value());
  auto nodes = perform(pg::list_nodes{1});
  BOOST_REQUIRE(nodes.size() == 2u);
  BOOST_TEST(nodes[0].alive);
  BOOST_TEST((nodes[0].roles == std::vector<std::string>{"threads", "webhooks"}));
  BOOST_TEST(nodes[1].state == "dead");
  BOOST_TEST(nodes[1].dead_reason == "a new process started under the same name");
}

BOOST_AUTO_TEST_CASE(a_heartbeat_tells_that_somebody_came_or_went) {
  auto me = start("a");
  auto before = perform(pg::heartbeat_node{me.id, 4s, R"({"threads": 7})"}).value();

  BOOST_TEST(perform(pg::leave_cluster{start("b").id}));

  BOOST_TEST(perform(pg::heartbeat_node{me.id}).value().version > before.version);
  BOOST_TEST(!perform(pg::leave_cluster{me.id + 1}));
}

BOOST_AUTO_TEST_CASE(a_lease_has_one_holder) {
  auto a = start("a");
  auto b = start("b");

  auto held = perform(pg::take_leases{{"leader"}, a.id, 60s});

  BOOST_REQUIRE(held.size() == 1u);
  BOOST_TEST(perform(pg::take_leases{{"leader"}, b.id}).empty());
  BOOST_TEST(perform(pg::renew_leases{a.id, held, 60s}).count("leader") == 1u);
  BOOST_TEST(perform(pg::renew_leases{b.id, held}).empty());
  BOOST_TEST(perform(pg::release_lease{"leader", a.id, held["leader"]}));
  auto next = perform(pg::take_leases{{"leader"}, b.id});
  BOOST_REQUIRE(next.size() == 1u);
  BOOST_TEST(next["leader"] > held["leader"]);
  BOOST_TEST(perform(pg::renew_leases{a.id, held}).empty());
  BOOST_TEST(!perform(pg::release_lease{"leader", a.id, held["leader"]}));
}

BOOST_AUTO_TEST_CASE(a_draining_node_takes_no_lease) {
  auto me = start("a");

  BOOST_TEST(perform(pg::set_node_state{me.id, "draining"}));

  BOOST_TEST(perform(pg::take_leases{{"leader"}, me.id}).empty());
  BOOST_TEST(!perform(pg::set_node_state{me.id, "up"}));
}

BOOST_AUTO_TEST_CASE(a_state_that_does_not_exist_is_refused) {
  auto me = start("a");
  try {
    perform(pg::set_node_state{me.id, "dead"});
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

  BOOST_TEST(failures("concat_ws('|', node_name, key, doing, restart_number)")
               == (std::vector<std::string>{"a|t1|reading page 17|2", "|||0"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(failures_of_one_cause_have_one_fingerprint) {
  for (auto reason : {"page 17 of 0af3-99 has no id", "page 4 of 1b has no id", "timeout"})
    perform(pg::record_actor_failures{std::nullopt,
                                      {{.kind = "thread_sync", .key = reason, .reason = reason}}});

  auto prints = failures("fingerprint");
  BOOST_REQUIRE(prints.size() == 3u);
  BOOST_TEST(prints[1] == prints[2]);
  BOOST_TEST(prints[0] != prints[1]);
}

BOOST_AUTO_TEST_CASE(history_past_its_days_is_forgotten) {
  perform(pg::record_actor_failures{std::nullopt, {{.kind = "k", .key = "old", .reason = "r"}}});
  conn.run("update nova.actor_failures set at = at - interval '20 days'");
  perform(pg::record_actor_failures{std::nullopt, {{.kind = "k", .key = "new", .reason = "r"}}});

  BOOST_TEST(perform(pg::prune_cluster_history{}).failures == 1);

  BOOST_TEST(failures("key") == std::vector<std::string>{"new"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_database_has_a_secret_for_its_nodes) {
  auto secret = perform(pg::read_cluster_secret{});
  BOOST_TEST(secret.size() == 64u);
  BOOST_TEST(secret == perform(pg::read_cluster_secret{}));
}

BOOST_AUTO_TEST_SUITE_END()
