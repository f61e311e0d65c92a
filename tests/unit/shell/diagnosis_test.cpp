#include "shell/diagnosis.hpp"

#include "shell/concern.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <sstream>
#include <string>
#include <vector>

using namespace nova;
using base::exit_code;
using base::finding_level;

namespace {

/// Whoever is asked, with what it says to the tables' findings and to those of the nodes.
struct answering : shell::backend {
  shell::reply get(const std::string& target) override {
    return target.starts_with("tables/") ? tables : nodes;
  }
  shell::reply act(const std::string&) override {
    return {};
  }
  shell::reply follow(const std::string&, const std::function<bool(std::string_view)>&) override {
    return {};
  }
  [[nodiscard]] std::string name() const override {
    return "a test";
  }

  shell::reply tables{200, "[]"}, nodes{200, "[]"};
};

std::string row(const std::string& level, const std::string& what) {
  return R"({"level":")" + level + R"(","what":")" + what
         + R"(","text":"t","since":null,"next":"n"})";
}

std::vector<std::string> names(const shell::diagnosis& of) {
  std::vector<std::string> all;
  for (const auto& one : of.found)
    all.push_back(one.what);
  return all;
}

struct concerned {
  const char* what; // of the finding
  const char* actor;
  const char* parent;
  const char* now;
  bool yes;
};

std::ostream& operator<<(std::ostream& out, const concerned& one) {
  return out << one.what << " and " << one.actor;
}

const concerned pairs[] = {
  {"n1/mail_store", "n1/mail_store", "", "", true},
  {"n1/mail_store", "n2/mail_store", "", "", false},
  {"n1", "n1/mail_store", "", "", true},
  {"mail_store", "n1/mail_store", "", "", true},
  {"database", "n1/database_worker/2", "", "", true},
  {"database", "n1/grants", "", "", false},
  {"threads", "n1/thread_sync/t1", "", "", true},
  {"threads", "n1/mail_store", "", "", false},
  {"setting:pace.pause", "n1/grant/g1", "", "", true},
  {"role:threads", "n1/thread_reader", "role/threads", "", true},
  {"role:threads", "n1/role/threads", "roles", "", true},
  {"role:threads", "n1/webhook_reader", "role/webhooks", "", false},
  {"queue:thread_sync_jobs", "n1/thread_reader", "", "reads queue thread_sync_jobs", true},
  {"queue:thread_sync_jobs", "n1/webhook_reader", "", "reads queue others", false},
  {"backfill:c1", "n1/window_lister/c1/7", "", "", true},
};

} // namespace

BOOST_AUTO_TEST_SUITE(diagnosis_test)

BOOST_AUTO_TEST_CASE(the_worst_comes_first_whoever_says_it) {
  answering asked;
  asked.tables.body = '[' + row("WARN", "threads") + ',' + row("NOTE", "server") + ']';
  asked.nodes.body = '[' + row("CRIT", "n1/a") + ']';
  auto made = shell::diagnose(asked);
  BOOST_TEST(names(made) == (std::vector<std::string>{"n1/a", "threads", "server"}),
             boost::test_tools::per_element());
  BOOST_TEST((shell::verdict_on(made) == exit_code::failed));
}

BOOST_AUTO_TEST_CASE(what_the_tables_say_of_an_actor_gives_way_to_its_node) {
  answering asked;
  asked.tables.body = '[' + row("WARN", "n1/links") + ',' + row("WARN", "n2/links") + ','
                      + row("WARN", "database") + ']';
  asked.nodes.body = '[' + row("WARN", "n1/links") + ',' + row("WARN", "n1/links") + ','
                     + row("WARN", "database") + ']';
  BOOST_TEST(
    names(shell::diagnose(asked))
      == (std::vector<std::string>{"n2/links", "database", "n1/links", "n1/links", "database"}),
    boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_a_database_the_nodes_still_say_what_they_see) {
  answering asked;
  asked.tables = {503, R"({"error":"no route"})"};
  asked.nodes.body = '[' + row("WARN", "n1/a") + ']';
  auto made = shell::diagnose(asked);
  BOOST_TEST(names(made) == (std::vector<std::string>{"database", "n1/a"}),
             boost::test_tools::per_element());
  BOOST_TEST((made.found[0].level == finding_level::critical));
}

BOOST_AUTO_TEST_CASE(when_nobody_answers_nothing_is_known) {
  answering asked;
  asked.tables = asked.nodes = {shell::reply::unreachable, R"({"error":"refused"})"};
  auto made = shell::diagnose(asked);
  BOOST_TEST(!made.answered());
  BOOST_TEST((shell::verdict_on(made) == exit_code::unreachable));
}

BOOST_AUTO_TEST_CASE(what_somebody_wants_so_is_nothing_wrong) {
  answering asked;
  asked.tables.body = '[' + row("NOTE", "setting:pace.pause") + ']';
  BOOST_TEST((shell::verdict_on(shell::diagnose(asked)) == exit_code::done));
}

BOOST_AUTO_TEST_CASE(what_is_fine_is_no_advice) {
  std::ostringstream out;
  shell::tell(out, {{finding_level::warning, "threads", "paused", "2026-01-01", "resume threads"},
                    {finding_level::fine, "clock", "0 ms", "", ""}});
  BOOST_TEST(out.str()
             == "1 WARN threads  paused  (since 2026-01-01)\n       next: resume threads\n"
                "  OK clock  0 ms\n");
}

BOOST_DATA_TEST_CASE(a_finding_concerns_some_actors, boost::unit_test::data::make(pairs), one) {
  shell::rows actors;
  actors.add({{"actor", one.actor}, {"parent", one.parent}, {"now", one.now}});
  base::finding found;
  found.what = one.what;
  BOOST_TEST(shell::concerns(found, actors.document[0]) == one.yes);
}

BOOST_AUTO_TEST_SUITE_END()
