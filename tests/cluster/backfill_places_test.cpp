#include "base/rendezvous.hpp"
#include "pg/cluster/list_nodes.hpp"
#include "pg/email/add_inbox.hpp"
#include "shell/client.hpp"
#include "shell/session.hpp"
#include "tests/cluster/node_process.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <sstream>
#include <vector>

using namespace nova;
using namespace std::chrono_literals;
using test::eventually;
using test::node_process;

namespace {

constexpr size_t mailboxes = 8;

simulator::options many_mailboxes() {
  auto options = test::a_mailbox(60, 1);
  options.settings.latency = 1500ms;
  for (size_t i = 1; i < mailboxes; ++i)
    options.grants.push_back(options.grants.front());
  return options;
}

struct fixture : test::node_fixture {
  fixture() : node_fixture(many_mailboxes()) {}

  std::string ps() const {
    shell::client asked{{folder.path() + "/n1", "view", {}, {}}};
    std::ostringstream out;
    shell::session in{asked, {}, out, out};
    in.run("ps backfill --columns actor --no-headers --sort actor");
    return out.str();
  }

  /// What `ps` shows when each runs at its home.
  std::string expected() {
    std::vector<base::candidate> nodes;
    for (const auto& row : pg::list_nodes{0}.run(conn))
      nodes.push_back({row.id, row.name});
    std::set<std::string> lines;
    for (const auto& config : configs) {
      auto home = base::home_of(config, nodes);
      for (const auto& node : nodes)
        if (node.node == home)
          lines.insert(node.name + "/backfill/" + config + "\n");
    }
    return std::accumulate(lines.begin(), lines.end(), std::string{});
  }

  /// One backfill a mailbox.
  void start_backfills() {
    const auto& grants = provider.grant_ids();
    for (size_t i = 0; i < grants.size(); ++i)
      configs.push_back(start_backfill(
        pg::add_inbox{"owner" + std::to_string(i) + "@example.com", grant_id{grants[i]}, "nylas"}
          .run(conn)
          .id.value));
  }

  [[nodiscard]] bool all_completed() {
    return std::all_of(configs.begin(), configs.end(),
                       [&](const auto& config) { return backfill_status(config) == "completed"; });
  }

  test::temporary_folder folder;
  std::vector<std::string> configs;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(backfill_places_test, fixture)

BOOST_AUTO_TEST_CASE(backfills_are_spread_whoever_holds_their_leases_and_outlive_their_hosts) {
  node_process one{
    *this, "n1", {{"NOVA_INSPECT", folder.path() + "/n1"}}, "backfill,threads,completion"};
  auto two = std::make_unique<node_process>(*this, "n2", std::map<std::string, std::string>{},
                                            "backfill,threads");
  BOOST_TEST(one.logged("[Links] linked node=n2"));
  BOOST_TEST(two->logged("[Links] linked node=n1"));
  start_backfills();

  BOOST_TEST(eventually([&] { return ps() == expected(); }), ps() << "instead of\n" << expected());
  two->process().kill();

  BOOST_TEST(eventually([&] { return all_completed(); }, 60s));
  for (const auto& grant : provider.grant_ids())
    BOOST_TEST(test::differences(conn, provider, grant).empty());
  BOOST_TEST(eventually([&] { return test::broken_invariants(conn).empty(); }));
  const sql::statement crashes{"crashes", "select count(*) from nova.actor_failures"};
  BOOST_TEST(conn.exec(crashes).value<int64_t>() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
