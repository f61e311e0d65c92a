#include "app/program.hpp"
#include "pg/findings.hpp"
#include "schema/queries.hpp"
#include "shell/line.hpp"
#include "shell/session.hpp"

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
  return app::run_program(all, {{"LOG_LEVEL", "off"}}, out, err) == 0;
}

/// What a shell command stands at the beginning of, without an argument that is no word.
bool is_line_of_shell(const std::string& line) {
  auto parsed = shell::parse_lines(line);
  return parsed && parsed->size() == 1
         && shell::find_command(parsed->front().words.front()) != nullptr;
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
    // Words for people are a sentence.
    auto words = shell::find_command(command) == nullptr && command != "nova" && command != "psql"
                 && advice.find(' ') != std::string::npos;
    BOOST_TEST((pasted || words), kind << ": " << advice);
  }
}

BOOST_AUTO_TEST_SUITE_END()
