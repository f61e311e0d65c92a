#include "pg/cluster/list_nodes.hpp"
#include "pg/operations.hpp"
#include "shell/client.hpp"
#include "shell/session.hpp"
#include "tests/cluster/node_process.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <sstream>

using namespace nova;
using namespace std::chrono_literals;
using test::eventually;
using test::node_process;

namespace {

struct fixture : test::node_fixture {
  fixture() : node_fixture(test::a_mailbox(300, 4)) {}

  std::string state_of(const std::string& name) {
    for (const auto& row : pg::list_nodes{1}.run(conn))
      if (row.name == name)
        return row.state;
    return "";
  }

  /// Of the newest of the name.
  int64_t incarnation_of(const std::string& name) {
    for (const auto& row : pg::list_nodes{1}.run(conn))
      if (row.name == name)
        return row.id;
    return 0;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cluster_links_test, fixture)

BOOST_AUTO_TEST_CASE(processes_on_one_database_find_each_other_and_leave_in_order) {
  node_process one{*this, "one"};
  BOOST_TEST(one.logged("joined"));
  node_process two{*this, "two"};

  BOOST_TEST(one.logged("[Links] linked node=two"));
  BOOST_TEST(two.logged("[Links] linked node=one"));
  BOOST_TEST(two.process().stop() == 0);

  BOOST_TEST(eventually([&] { return state_of("two") == "left"; }));
  auto ended = [this] { return pg::look(conn, "nodes", "two", 1); };
  BOOST_TEST(ended().find("\"lease_s\": null") != std::string::npos, ended());
  BOOST_TEST(ended() == ended(), "its times stand still");
  BOOST_TEST(state_of("one") == "up");
  BOOST_TEST(one.process().stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_killed_node_is_declared_dead_within_a_second) {
  node_process one{*this, "one"};
  BOOST_TEST(one.logged("joined"));
  node_process two{*this, "two"};
  BOOST_TEST(one.logged("[Links] linked node=two"));
  // A judge must have been steady for a whole lease.
  BOOST_TEST(eventually([&] {
    auto rows = pg::list_nodes{1}.run(conn);
    return std::all_of(rows.begin(), rows.end(), [](const auto& row) {
      return row.heartbeat_at - row.started_at > 4'500'000;
    });
  }));

  auto began = std::chrono::steady_clock::now();
  two.process().kill();

  BOOST_TEST(eventually([&] { return state_of("two") == "dead"; }));
  auto took = std::chrono::steady_clock::now() - began;
  BOOST_TEST((took < 1s), "it took " << took / 1ms << " ms");
}

BOOST_AUTO_TEST_CASE(the_work_of_a_killed_node_is_done_by_the_other) {
  auto config = start_backfill(add_inbox());
  node_process one{*this, "one"};
  node_process two{*this, "two", {{"NOVA_THREAD_WINDOW", "5"}, {"THREAD_DELAY_MS", "400"}}};
  BOOST_TEST(one.logged("[Links] linked node=two"));
  BOOST_TEST(eventually([&] { return state_of("two") == "up"; }));

  two.process().kill();

  BOOST_TEST(eventually([&] { return backfill_status(config) == "completed"; }));
  BOOST_TEST(test::differences(conn, provider, grant()).empty());
  BOOST_TEST(eventually([&] { return test::broken_invariants(conn).empty(); }));
}

BOOST_AUTO_TEST_CASE(a_rolling_restart_under_load_loses_nothing_and_shows_no_error) {
  std::map<std::string, std::string> slow{{"NOVA_THREAD_WINDOW", "2"}, {"MESSAGE_DELAY_MS", "50"}};
  std::map<std::string, std::unique_ptr<node_process>> nodes;
  for (const auto* name : {"one", "two", "three"})
    nodes[name] = std::make_unique<node_process>(*this, name, slow);
  for (const auto& [name, node] : nodes)
    BOOST_TEST(node->logged("joined"));
  auto config = start_backfill(add_inbox());

  for (const auto* name : {"one", "two", "three"}) {
    BOOST_TEST(nodes[name]->process().stop() == 0);
    BOOST_TEST(nodes[name]->log().find("declared dead") == std::string::npos);
    nodes[name] = std::make_unique<node_process>(*this, name, slow);
    BOOST_TEST(nodes[name]->logged("linked node="));
  }

  BOOST_TEST(eventually([&] { return backfill_status(config) == "completed"; }));
  BOOST_TEST(test::differences(conn, provider, grant()).empty());
  BOOST_TEST(eventually([&] { return test::broken_invariants(conn).empty(); }));
  for (const auto& [name, node] : nodes)
    BOOST_TEST(node->log().find(" error ") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(nodes_with_different_secrets_share_the_database_and_do_not_link) {
  node_process one{*this, "one", {{"NOVA_CLUSTER_SECRET", "the secret of node one"}}};
  BOOST_TEST(one.logged("joined"));
  node_process two{*this, "two", {{"NOVA_CLUSTER_SECRET", "the secret of node two"}}};

  BOOST_TEST(one.logged("it does not know the cluster's secret"));
  BOOST_TEST(two.log().find("linked node=") == std::string::npos);
  BOOST_TEST(one.log().find("the secret of") == std::string::npos);
  BOOST_TEST(state_of("two") == "up");
  BOOST_TEST(two.logged("cannot link to one"));
  BOOST_TEST(eventually([&] {
    auto links = pg::look(conn, "links", "two", 10);
    return links.find("NOVA_CLUSTER_SECRET") != std::string::npos;
  }));
}

BOOST_AUTO_TEST_CASE(a_shell_says_why_a_node_without_a_link_did_not_answer) {
  test::temporary_folder folder;
  node_process one{*this, "one", {{"NOVA_INSPECT", folder.path() + "/one"}}};
  BOOST_TEST(one.logged("joined"));
  node_process two{*this, "two", {{"NOVA_CLUSTER_NAME", "another"}}};

  shell::client asked{{folder.path() + "/one", "view", {}, {}}};
  std::ostringstream said;
  shell::session in{asked, {}, said, said};
  auto told = eventually([&] {
    said.str({});
    static_cast<void>(in.run("ps mail_store"));
    return said.str().find("! two did not answer: no link to it (two to one: it refuses: it is of "
                           "the cluster another")
           != std::string::npos;
  });

  BOOST_TEST(told, said.str());
  // It is tried twice a second at least; the log has it once.
  auto log = two.log();
  auto first = log.find("suspects a node");
  BOOST_TEST(first != std::string::npos);
  BOOST_TEST(log.find("suspects a node", first + 1) == std::string::npos, log);
}

BOOST_AUTO_TEST_CASE(nodes_of_different_protocols_share_the_work_and_do_not_link) {
  auto config = start_backfill(add_inbox());
  auto newer = settings();
  newer.name = "two";
  newer.threads.window = newer.threads.refill = 2;
  newer.cluster.enabled = true;
  newer.cluster.protocol = newer.cluster.protocol_min = 2;
  newer.threads.thread_delay = 20ms;
  newer.backfills.backfill.strategy = discovery_strategy::threads;
  app::node two{newer, [](const std::string& reason) { BOOST_ERROR("it gave up: " + reason); }};
  node_process one{*this, "one", {{"NOVA_THREAD_WINDOW", "2"}, {"THREAD_DELAY_MS", "20"}}};

  BOOST_TEST(one.logged("not linked: no common protocol"));
  BOOST_TEST(eventually([&] { return backfill_status(config) == "completed"; }));
  BOOST_TEST(one.log().find("linked node=") == std::string::npos);
  const sql::statement workers{"workers", "select count(distinct claim_epoch) from queued_threads"};
  BOOST_TEST(conn.exec(workers).value<int64_t>() == 2);
  BOOST_TEST(test::differences(conn, provider, grant()).empty());
  BOOST_TEST(eventually([&] { return test::broken_invariants(conn).empty(); }));
  BOOST_TEST(state_of("one") == "up");
  BOOST_TEST(state_of("two") == "up");
}

BOOST_AUTO_TEST_CASE(a_frozen_node_is_declared_dead_and_ends_itself_when_it_wakes) {
  node_process one{*this, "one"};
  node_process two{*this, "two"};
  BOOST_TEST(one.logged("[Links] linked node=two"));
  BOOST_TEST(eventually([&] {
    auto rows = pg::list_nodes{1}.run(conn);
    return std::all_of(rows.begin(), rows.end(), [](const auto& row) {
      return row.heartbeat_at - row.started_at > 4'500'000;
    });
  }));

  auto began = std::chrono::steady_clock::now();
  BOOST_REQUIRE(two.freeze());
  BOOST_TEST(eventually([&] { return state_of("two") == "dead"; }));
  auto took = std::chrono::steady_clock::now() - began;
  BOOST_TEST((took < 5s), "it took " << took / 1ms << " ms");

  two.signal(SIGCONT);
  BOOST_TEST(eventually([&] { return !two.process().running(); }));
  BOOST_TEST(two.log().find("declared dead: ") != std::string::npos);
  BOOST_TEST(state_of("one") == "up");
}

BOOST_AUTO_TEST_CASE(an_address_of_other_machines_is_refused_in_words_that_help) {
  node_process one{*this, "one", {{"NOVA_LISTEN", "0.0.0.0:0"}}};
  BOOST_TEST(eventually([&] { return !one.process().running(); }));
  BOOST_TEST(one.log().find("set NOVA_TLS_CERT, NOVA_TLS_KEY and NOVA_TLS_CA")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_living_node_keeps_its_name) {
  node_process one{*this, "one"};
  BOOST_TEST(one.logged("joined"));
  auto first = incarnation_of("one");

  node_process same{*this, "one"};
  BOOST_TEST(eventually([&] { return !same.process().running(); }));

  BOOST_TEST(same.process().stop() == 2);
  BOOST_TEST(same.log().find("nova: a living node is called one (incarnation "
                             + std::to_string(first) + ", 127.0.0.1:")
             != std::string::npos);
  BOOST_TEST(one.process().running());
  BOOST_TEST(incarnation_of("one") == first);
}

BOOST_AUTO_TEST_CASE(a_killed_node_comes_back_under_its_name_by_itself) {
  for (const auto* listen : {"127.0.0.1:0", "off"}) {
    node_process one{*this, "one", {{"NOVA_LISTEN", listen}}};
    BOOST_TEST(one.logged("joined"));
    auto first = incarnation_of("one");
    one.process().kill();

    node_process again{*this, "one", {{"NOVA_LISTEN", listen}}};

    BOOST_TEST(again.logged("joined"));
    BOOST_TEST(incarnation_of("one") > first);
    auto waited = again.log().find("waits for the end of its namesake") != std::string::npos;
    BOOST_TEST(waited == (listen == std::string{"off"}));
    again.process().stop();
  }
}

BOOST_AUTO_TEST_CASE(two_local_clusters_share_a_database) {
  test::temporary_folder folder;
  std::map<std::string, std::string> environment{{"DATABASE_URL", url()},
                                                 {"NYLAS_API_KEY", provider.api_key()},
                                                 {"NYLAS_API_URI", provider.url()},
                                                 {"NOVA_HTTP", "off"}};
  app::child_process a{{"cluster", "up", "--nodes", "2"}, environment, folder.path() + "/a"};
  app::child_process b{{"cluster", "up", "--nodes", "2"}, environment, folder.path() + "/b"};

  auto alive = [&] {
    auto rows = pg::list_nodes{1}.run(conn);
    return std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.alive; });
  };
  BOOST_TEST(eventually([&] { return alive() == 4; }));
  BOOST_TEST(pg::list_nodes{1}.run(conn).size() == 4u);
  BOOST_TEST(a.stop() == 0);
  BOOST_TEST(b.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_local_cluster_starts_its_nodes_again_and_stops_them_in_order) {
  test::temporary_folder folder;
  auto log_file = folder.path() + "/log";
  app::child_process cluster{{"cluster", "up", "--nodes", "3", "--name", "n"},
                             {{"DATABASE_URL", url()},
                              {"NYLAS_API_KEY", provider.api_key()},
                              {"NYLAS_API_URI", provider.url()},
                              {"NOVA_HTTP", "off"}},
                             log_file};
  auto logged = [&](const std::string& text) {
    return eventually([&] {
      std::ifstream file{log_file};
      std::string all{std::istreambuf_iterator<char>{file}, {}};
      return all.find(text) != std::string::npos;
    });
  };
  for (const auto* name : {"n-1", "n-2", "n-3"})
    BOOST_TEST(eventually([&] { return state_of(name) == "up"; }));
  BOOST_TEST(logged("n-3 | "));

  // A node that finds itself dead ends with 75 and comes back as another incarnation.
  auto first = incarnation_of("n-2");
  conn.run(("select nova.end_node(" + std::to_string(first) + ", 'dead', null, 'a test')").c_str());
  BOOST_TEST(logged("n-2 | ended with 75"));
  BOOST_TEST(eventually([&] { return state_of("n-2") == "up" && incarnation_of("n-2") != first; }));

  BOOST_TEST(cluster.stop() == 0);
  for (const auto* name : {"n-1", "n-2", "n-3"})
    BOOST_TEST(state_of(name) == "left");
}

BOOST_AUTO_TEST_SUITE_END()
