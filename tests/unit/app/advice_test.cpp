#include "app/program.hpp"
#include "pg/findings.hpp"
#include "schema/queries.hpp"
#include "shell/session.hpp"
#include "shell/suggestion.hpp"
#include "tests/unit/shell/told_backend.hpp"

#include <boost/test/unit_test.hpp>

#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

// What helps against a finding can be pasted: a line of the shell, a command, or words for people.
using namespace nova;

namespace {

std::set<std::string> kinds_of_findings() {
  const std::regex kind{"'([a-z_]+/[a-z_]+)'"};
  std::set<std::string> all;
  for (const auto* query : {&sql::findings_of_server, &sql::findings_of_nodes,
                            &sql::findings_of_mail, &sql::findings_of_queues, &sql::findings_of_due,
                            &sql::findings_of_messenger, &sql::findings_of_integrations}) {
    const std::string text = query->text;
    for (std::sregex_iterator found{text.begin(), text.end(), kind}, none; found != none; ++found)
      all.insert((*found)[1].str());
  }
  return all;
}

std::string advice_of(const std::string& kind) {
  const auto& next = pg::sentence_of_finding(kind).next;
  return std::string{next.before} + (next.fact != nullptr ? "some" : "") + next.after;
}

bool is_command_of_nova(const std::string& line) {
  std::istringstream words{line};
  std::vector<std::string> all;
  for (std::string word; words >> word;)
    all.push_back(word);
  all.erase(all.begin()); // nova
  all.emplace_back("--help");
  std::ostringstream out, err;
  // Of a word that is no command the help is that of those above it.
  return app::run_program(all, {{"LOG_LEVEL", "off"}}, out, err) == 0
         && out.str().find("SUBCOMMAND") == std::string::npos;
}

/// What the shell takes: typed into one that asks nobody, it is no wrong usage.
bool is_line_of_shell(const std::string& line) {
  test::told_backend nobody;
  std::ostringstream said;
  shell::session_options how;
  how.yes = true;
  shell::session in{nobody, std::move(how), said, said};
  return in.run(line) != base::exit_code::usage;
}

/// A sentence to a person, whose first word is no command of the shell and none with a slip in it.
bool is_for_people(const std::string& advice) {
  auto first = advice.substr(0, advice.find(' '));
  return advice.find(' ') != std::string::npos && first != "nova" && first != "psql"
         && (shell::find_command(first) == nullptr || !is_line_of_shell(advice))
         && (first == "set" || shell::did_you_mean(first, shell::command_names()).empty());
}

} // namespace

BOOST_AUTO_TEST_SUITE(advice_test)

BOOST_AUTO_TEST_CASE(every_advice_parses) {
  auto kinds = kinds_of_findings();
  BOOST_TEST(kinds.size() > 40u);
  for (const auto& kind : kinds) {
    auto advice = advice_of(kind);
    auto command = advice.substr(0, advice.find(' '));
    auto pasted = command == "nova"   ? is_command_of_nova(advice)
                  : command == "psql" ? advice.starts_with("psql \"$DATABASE_URL\" -c ")
                                      : is_line_of_shell(advice);
    BOOST_TEST((pasted || is_for_people(advice)), kind << ": " << advice);
  }
}

BOOST_AUTO_TEST_CASE(what_nobody_can_paste_is_noticed) {
  for (const auto* wrong : {"undrian n1", "resmue threads", "nodes n1 n2", "log level", "queue"})
    BOOST_TEST((!is_line_of_shell(wrong) && !is_for_people(wrong)), wrong);
  BOOST_TEST(!is_command_of_nova("nova inbox chekc a@example.com"));
}

BOOST_AUTO_TEST_SUITE_END()
