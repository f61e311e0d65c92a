#include "tests/cluster/two_nodes.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <map>
#include <set>
#include <sstream>

// What a dry run says that goes along is what goes along.
using namespace nova;
using base::exit_code;

namespace {

using paths = std::set<std::string>;

struct seen_actor {
  std::string parent;
  double restarts = 0;
  bool runs = false;
};

/// `n1`, in which actors are restarted, and a peer.
struct fixture : test::two_nodes {
  fixture() {
    BOOST_REQUIRE(test::eventually([&] { return whole(); }));
  }

  std::string run(const std::string& command, shell::format as = shell::format::table) {
    return ask(command, "admin", as).second;
  }

  std::map<std::string, seen_actor> actors() {
    rapidjson::Document parsed;
    parsed.Parse(run("ps --where node=n1 --limit 1000", shell::format::json).c_str());
    std::map<std::string, seen_actor> all;
    if (!parsed.IsObject())
      return all;
    for (const auto& row : parsed["rows"].GetArray())
      all[row["actor"].GetString()] = {
        row["parent"].GetString(), row["restarts"].GetDouble(),
        std::string{row["state"].GetString()} == "idle"
          || std::string{row["state"].GetString()}.starts_with("busy")};
    return all;
  }

  paths children_of(const std::string& parent) {
    paths all;
    for (const auto& [name, actor] : actors())
      if (actor.parent == parent)
        all.insert(name);
    return all;
  }

  /// The last of the tree are there, and the other node is linked.
  bool whole() {
    return run("ps webhook_reader").find("n1/webhook_reader") != std::string::npos
           && run("ps node_agent").find("n1/node_agent") != std::string::npos
           && run("ps mail_store").find("n2/mail_store") != std::string::npos;
  }

  /// Of these, who was restarted since.
  paths restarted(const paths& of, const std::map<std::string, seen_actor>& since) {
    paths all;
    auto now = actors();
    for (const auto& name : of)
      if (now[name].restarts > since.at(name).restarts)
        all.insert(name);
    return all;
  }
};

/// The names that a plan lists behind `restarts with it`, without their counts, as actors of n1.
paths listed(const std::string& plan) {
  const std::string before = "restarts with it: ";
  paths all;
  auto begin = plan.find(before);
  if (begin == std::string::npos)
    return all;
  begin += before.size();
  std::istringstream names{plan.substr(begin, plan.find_first_of(";\n", begin) - begin)};
  for (std::string name; std::getline(names, name, ',');)
    all.insert(
      "n1/"
      + name.substr(name.find_first_not_of(' '), name.find(" (", 1) - name.find_first_not_of(' ')));
  return all;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(blast_radius_test, fixture)

BOOST_AUTO_TEST_CASE(the_dry_run_of_a_restart_lists_who_restarts) {
  for (const auto* parent : {"n1/node/n1", "n1/role/webhooks"}) {
    auto siblings = children_of(parent);
    BOOST_TEST(siblings.size() >= 7u);
    for (const auto& actor : siblings) {
      BOOST_REQUIRE(test::eventually([&] { return whole(); }));
      auto before = actors();
      auto plan = run("restart " + actor + " --dry-run");
      auto expected = listed(plan);
      expected.insert(actor);

      auto done = run("restart " + actor + " --yes");

      auto reached = test::eventually([&] { return restarted(siblings, before) == expected; });
      BOOST_TEST_INFO(plan << done);
      BOOST_TEST(reached, actor);
      BOOST_REQUIRE(test::eventually([&] { return whole(); }));
      BOOST_TEST((restarted(siblings, before) == expected), actor << " took others along");
      bool dropped = restarted({"n1/links"}, before).size() == 1;
      BOOST_TEST((plan.find("links of this node drop") != std::string::npos) == dropped, plan);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_dry_run_of_a_kill_lists_who_restarts) {
  for (const std::string actor : {"n1/mail_store", "n1/database_worker/1", "n1/notifications"}) {
    BOOST_REQUIRE(test::eventually([&] { return whole(); }));
    auto before = actors();
    auto plan = run("kill " + actor + " --dry-run");
    auto expected = listed(plan);
    BOOST_REQUIRE(!expected.empty());
    auto ends = actor == "n1/database_worker/1" ? std::string{"n1/database"} : actor;
    expected.insert(ends);
    auto siblings = children_of(before.at(ends).parent);

    run("kill " + actor + " --yes");

    auto reached = test::eventually([&] { return restarted(siblings, before) == expected; });
    BOOST_TEST_INFO(plan);
    BOOST_TEST(reached, actor);
    BOOST_REQUIRE(test::eventually([&] { return whole(); }));
    BOOST_TEST((restarted(siblings, before) == expected), actor << " took others along");
  }
}

BOOST_AUTO_TEST_CASE(who_carries_orders_between_nodes_is_not_suspended_from_another) {
  for (const std::string actor : {"n2/node_agent", "n2/links"}) {
    auto said = run("suspend " + actor + " --yes");
    BOOST_TEST(said.find("suspend it in a shell of its own node") != std::string::npos, said);
  }
  BOOST_TEST(run("suspend n1/node_agent --yes").find("done") != std::string::npos);
  BOOST_TEST(run("wake n1/node_agent --yes").find("done") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
