#include "pg/operations.hpp"

#include "base/rendezvous.hpp"
#include "pg/cluster/drain_node.hpp"
#include "pg/cluster/register_node.hpp"
#include "pg/cluster/set_node_state.hpp"
#include "pg/email/list_inboxes.hpp"
#include "tests/unit/pg/look_fixture.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace nova;

BOOST_FIXTURE_TEST_SUITE(operations_test, test::look_fixture)

BOOST_AUTO_TEST_CASE(the_plan_of_a_drain_says_what_the_node_holds) {
  pg::register_node{{.name = "n1"}}.run(conn);
  pg::register_node{{.name = "n2"}}.run(conn);
  change("update queued_threads set status = 'processing', claim_token = 1, "
         "claim_epoch = 1, claim_node = 'n1', claimed_at = clock_timestamp() "
         "where thread_id = 't1'");
  change("insert into nova.cluster_leases (name, holder, token, acquired_at, expires_at) "
         "select lease, n.id, 1, now(), now() + interval '1 minute' from nova.cluster_nodes n, "
         "unnest('{maintenance,certifier}'::text[]) lease where n.name = 'n1'");

  const std::string drained = " takes no new work, until it is undrained or ends; what runs there "
                              "goes on to its end; now ";
  BOOST_TEST(pg::plan(conn, {"drain", "node:n1", "", "", {}})
             == "node n1" + drained
                  + "1 claimed thread; 2 leases (certifier, maintenance) go to "
                    "other nodes, and so do the homes of 0 grants");
  BOOST_TEST(pg::plan(conn, {"drain", "node:n2", "", "", {}})
             == "node n2" + drained
                  + "0 claimed threads; 0 leases go to other nodes, and so do "
                    "the homes of 0 grants");
  BOOST_TEST(pg::plan(conn, {"undrain", "node:n1", "", "", {}}) == "node n1 takes work again");
}

BOOST_AUTO_TEST_CASE(the_plan_of_a_drain_counts_the_homes_that_move) {
  auto start = [&](const char* name, uint32_t capacity, const char* address) {
    pg::node_start node{.name = name, .address = address, .capacity = capacity};
    auto id = pg::register_node{node}.run(conn).id;
    pg::set_node_state{id, "up"}.run(conn);
    return base::candidate{id, name, capacity};
  };
  std::vector<base::candidate> among{start("n1", 64, "10.0.0.1:8480"),
                                     start("n2", 192, "10.0.0.2:8480")};
  start("apart", 1000, ""); // takes no links, so it is home of nothing
  change("insert into flux_inboxes (email, grant_id) "
         "select 'moves' || n || '@example.com', 'moves-' || n from generate_series(1, 30) n");
  std::vector<std::string> grants;
  for (const auto& inbox : pg::list_inboxes{}.run(conn))
    grants.push_back(inbox.grant.value);
  auto moved = [&](const std::string& node) {
    auto text = pg::plan(conn, {"drain", "node:" + node, "", "", {}});
    return text.substr(text.find("the homes of"));
  };
  auto said = [&](size_t at) {
    auto count = std::ranges::count_if(grants, [&](const auto& one) {
      return base::home_of(one, among) == among[at].node;
    });
    return fmt::format("the homes of {} grants", count);
  };

  BOOST_TEST(grants.size() > 30u);
  BOOST_TEST(moved("n1") == said(0));
  BOOST_TEST(moved("n2") == said(1));
  BOOST_TEST(moved("apart") == "the homes of 0 grants");

  pg::drain_node{"n1", "ann", "", {}}.run(conn); // it gave its homes away
  BOOST_TEST(moved("n1") == "the homes of 0 grants");
  BOOST_TEST(moved("n2") == fmt::format("the homes of {} grants", grants.size()));
}

BOOST_AUTO_TEST_SUITE_END()
