#include "tests/cluster/two_nodes.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <set>

// A crash says where it was, whose, and what the actor was at.
using namespace nova;

namespace {

struct fixture : test::two_nodes {
  std::string run(const std::string& command, shell::format as = shell::format::table) {
    return ask(command, "admin", as).second;
  }

  bool says(const std::string& command, const std::string& text) {
    return run(command).find(text) != std::string::npos;
  }

  rapidjson::Document json(const std::string& command) {
    rapidjson::Document parsed;
    parsed.Parse(run(command, shell::format::json).c_str());
    BOOST_REQUIRE(parsed.IsObject());
    return parsed;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(crashes_test, fixture)

BOOST_AUTO_TEST_CASE(a_crash_says_on_which_node_it_was_and_what_the_actor_was_at) {
  BOOST_REQUIRE(test::eventually([&] { return says("leases", "completion_monitor"); }));
  for (const std::string node : {"n1", "n2"}) {
    auto actor = node + "/singleton/completion_monitor";
    BOOST_REQUIRE(test::eventually([&] { return says("actor " + actor, "lease"); }));
    // Which of the two has it when its turn comes is another's affair.
    BOOST_REQUIRE(test::eventually([&] { return says("kill " + actor + " --yes", "done"); }));
  }
  BOOST_REQUIRE(test::eventually([&] { return says("crashes", "n1") && says("crashes", "n2"); }));

  std::set<std::string> nodes, messages;
  auto crashes = json("crashes");
  for (const auto& row : crashes["rows"].GetArray()) {
    nodes.insert(row["node"].GetString());
    messages.insert(row["message"].GetString());
    BOOST_TEST(std::string{row["actor"].GetString()} == "singleton/completion_monitor");
    BOOST_TEST(std::string{row["doing"].GetString()}.find("the lease completion_monitor")
               != std::string::npos);
    BOOST_TEST(std::string{row["reason"].GetString()}.starts_with("crashed: killed by "));
  }
  BOOST_TEST(nodes == (std::set<std::string>{"n1", "n2"}), boost::test_tools::per_element());
  BOOST_TEST(messages.contains("lease_changed"));
  auto table = run("crashes");
  for (const auto* part : {"NODE", "ACTOR", "MESSAGE", "DOING", "REASON", "lease_changed"})
    BOOST_TEST(table.find(part) != std::string::npos, part << ": " << table);

  auto groups = json("crashes --group reason");
  BOOST_REQUIRE(groups["rows"].Size() == 1u);
  const auto& group = groups["rows"][0];
  BOOST_TEST(group["count"].GetInt() == 2);
  BOOST_TEST(std::string{group["nodes"].GetString()} == "n1,n2");
  BOOST_TEST(std::string{group["actors"].GetString()} == "singleton/completion_monitor");
  BOOST_TEST(std::string{group["doing"].GetString()}.find("the lease completion_monitor")
             != std::string::npos);
  auto grouped = run("crashes --group reason");
  for (const auto* part : {"NODES", "ACTORS", "MESSAGE", "DOING", "n1,n2"})
    BOOST_TEST(grouped.find(part) != std::string::npos, part << ": " << grouped);
  BOOST_TEST(says("actor n2/singleton/completion_monitor", "failure"));
}

/// Who is recorded is whom a supervisor keeps; the reason says whose end it was.
BOOST_AUTO_TEST_CASE(a_crash_that_another_one_caused_says_which) {
  BOOST_REQUIRE(test::eventually([&] { return says("ps", "n2/database_worker/1"); }));
  BOOST_REQUIRE(says("kill n2/database_worker/1 --yes", "done"));

  BOOST_TEST(test::eventually([&] {
    return says("crashes --columns node,actor,reason -o tsv",
                "n2\tdatabase\tcrashed: database_worker/1 was killed by ");
  }));
}

BOOST_AUTO_TEST_SUITE_END()
