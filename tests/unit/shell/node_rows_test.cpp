#include "shell/node_rows.hpp"

#include "tests/unit/shell/told_backend.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using shell::rows;

namespace {

struct fixture {
  fixture() {
    node.answers = {
      {"tables/nodes", R"([{"node":"n1","state":"up","ended_at":null},
                           {"node":"n2","state":"silent","ended_at":null},
                           {"node":"n3","state":"left","ended_at":"2026-01-01"}])"},
      {"processes", R"([{"node":"n1","cpu":12.5,"rss_mb":31}])"},
    };
  }

  [[nodiscard]] std::string seen(const std::string& target = "tables/nodes?limit=100") {
    auto all = shell::ask_nodes(node, target);
    std::string text;
    for (const auto& row : all.document.GetArray())
      text += rows::text(row, "node") + ' ' + rows::text(row, "state") + ' '
              + rows::text(row, "cpu") + ' ' + rows::text(row, "rss_mb") + "; ";
    return text;
  }

  test::told_backend node;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(node_rows_test, fixture)

BOOST_AUTO_TEST_CASE(who_answers_has_what_it_takes_of_its_machine) {
  BOOST_TEST(seen() == "n1 up 12.5 31; n2 silent  ; n3 left  ; ");
}

BOOST_AUTO_TEST_CASE(a_node_that_ran_before_is_not_the_one_that_answers) {
  node.answers["processes"] = R"([{"node":"n3","cpu":1,"rss_mb":2}])";
  BOOST_TEST(seen() == "n1 up  ; n2 silent  ; n3 left  ; n3 alone 1 2; ");
}

BOOST_AUTO_TEST_CASE(a_node_that_runs_alone_is_shown_where_it_is_asked_for) {
  node.answers["tables/nodes"] = "[]";
  BOOST_TEST(seen() == "n1 alone 12.5 31; ");
  BOOST_TEST(seen("tables/nodes?arg=n1&limit=1") == "n1 alone 12.5 31; ");
  BOOST_TEST(seen("tables/nodes?limit=1&arg=n1") == "n1 alone 12.5 31; ");
  BOOST_TEST(seen("tables/nodes?limit=1&arg=n2").empty());
}

BOOST_AUTO_TEST_CASE(without_nodes_the_tables_are_all_there_is) {
  node.answers["processes"] = "no JSON";
  BOOST_TEST(seen() == "n1 up  ; n2 silent  ; n3 left  ; ");
}

BOOST_AUTO_TEST_SUITE_END()
