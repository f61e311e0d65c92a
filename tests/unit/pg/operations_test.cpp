#include "pg/operations.hpp"

#include "pg/cluster/register_node.hpp"
#include "tests/unit/pg/look_fixture.hpp"

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
                    "other nodes, and so do the homes of its grants");
  BOOST_TEST(pg::plan(conn, {"drain", "node:n2", "", "", {}})
             == "node n2" + drained
                  + "0 claimed threads; 0 leases go to other nodes, and so do "
                    "the homes of its grants");
  BOOST_TEST(pg::plan(conn, {"undrain", "node:n1", "", "", {}}) == "node n1 takes work again");
}

BOOST_AUTO_TEST_SUITE_END()
