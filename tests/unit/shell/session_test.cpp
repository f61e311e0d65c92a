#include "shell/session.hpp"

#include "tests/unit/shell/told_backend.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace nova;
using base::exit_code;

namespace {

struct fixture {
  fixture() {
    node.answers = {{"tables/nodes?limit=1&arg=n1", R"([{"node":"n1"}])"},
                    {"tables/nodes?arg", R"([{"node":"n1","state":"up","up_s":3}])"},
                    {"actors?",
                     R"([{"actor":"n1/thread_sync/t1","kind":"thread_sync","rate":2}])"}};
  }

  exit_code run(const std::string& text, shell::format as = shell::format::table) {
    shell::session_options how;
    how.as = as;
    std::ostringstream all;
    shell::session in{node, std::move(how), all, all};
    auto result = in.run(text);
    said = all.str();
    return result;
  }

  [[nodiscard]] bool asked_for(const std::string& part) const {
    return std::any_of(node.asked.begin(), node.asked.end(),
                       [&](const std::string& one) { return one.find(part) != std::string::npos; });
  }

  test::told_backend node;
  std::string said;
};

struct refused_line {
  const char* typed;
  const char* says;
};

std::ostream& operator<<(std::ostream& out, const refused_line& one) {
  return out << one.typed;
}

const refused_line refused[] = {
  {"statsu", "there is no command 'statsu'; did you mean 'status'?"},
  {"ps --sotr rate", "there is no such option; did you mean 'sort'?"},
  {"nodes --sort sate", "there is no column 'sate'; did you mean 'state'?"},
  {"nodes --columns node,foo", "--columns: there is no column 'foo'"},
  {"nodes --where 'foo=1'", "there is no column 'foo'"},
  {"ps --sort foo", "there is no column 'foo'"},
  {"nodes --limit abc", "--limit: 'abc' is not a whole number"},
  {"status now", "status takes no words: 'now' is one too many"},
  {"ps thread_sync more", "'more' is one too many"},
  {"ps | head -3", "this shell has no pipes"},
  {"set conurrency=3", "did you mean 'concurrency'?"},
  {"log level ThreadSnyc=debug", "did you mean 'ThreadSync'?"},
  {"help stauts", "did you mean 'status'?"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(session_test, fixture)

BOOST_DATA_TEST_CASE_F(fixture, what_cannot_be_meant_is_refused_by_name,
                       boost::unit_test::data::make(refused), one) {
  auto how = run(one.typed);

  BOOST_TEST((how == exit_code::usage || how == exit_code::nothing));
  BOOST_TEST(said.find(one.says) != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(a_name_that_ps_prints_can_be_given_to_every_command_that_takes_one) {
  for (const auto* command : {"ps", "actor", "why"}) {
    node.asked.clear();
    BOOST_TEST((run(std::string{command} + " n1/thread_sync/t1") == exit_code::done), said);
    BOOST_TEST(asked_for("path=thread_sync%2Ft1"), command);
    BOOST_TEST(asked_for("node=n1"), command);
  }
  run("trace n1/thread_sync/t1");
  BOOST_TEST(asked_for("follow?kind=thread_sync&key=t1&node=n1"));
}

BOOST_AUTO_TEST_CASE(without_its_node_it_is_looked_for_on_all) {
  for (const auto* command : {"ps", "actor", "why"}) {
    node.asked.clear();
    run(std::string{command} + " thread_sync/t1");
    BOOST_TEST(asked_for("path=thread_sync%2Ft1"), command);
    BOOST_TEST(!asked_for("node=thread_sync"), command);
  }
}

BOOST_AUTO_TEST_CASE(a_star_stands_for_anything) {
  run("ps 'thread*' --where 'rate>1'");

  BOOST_TEST(asked_for(shell::encode(R"((kind~"thread*" or actor~"thread*")")));
  BOOST_TEST(asked_for(shell::encode("and (rate>1)")));
}

BOOST_AUTO_TEST_CASE(a_pattern_may_hold_a_quotation_mark) {
  BOOST_TEST((run("ps 'th\"r*'") != exit_code::usage), said);

  BOOST_TEST(asked_for(shell::encode(R"((kind~"th""r*" or actor~"th""r*" or actor~"*/th""r*"))")));
}

BOOST_AUTO_TEST_CASE(help_is_rows_for_programs) {
  BOOST_TEST((run("help", shell::format::json) == exit_code::done));
  BOOST_TEST(said.find(R"({"command":"status","group":"look")") != std::string::npos, said);
  run("help ps", shell::format::json);
  BOOST_TEST(said.find("\"total\":1") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(who_has_no_link_is_told_with_what_the_nodes_say_of_it) {
  node.answers["actors?"] = R"({"version":1,"total":0,"rows":[],
    "silent":[{"node":"n2","reason":"no link to it"}]})";
  node.answers["tables/links"] =
    R"([{"node":"n2","peer":"n1","why":"its certificate: certificate has expired"}])";

  BOOST_TEST((run("ps") == exit_code::partial));

  BOOST_TEST(said.find("! n2 did not answer: no link to it (n2 to n1: its certificate: certificate "
                       "has expired)")
               != std::string::npos,
             said);
}

BOOST_AUTO_TEST_SUITE_END()
