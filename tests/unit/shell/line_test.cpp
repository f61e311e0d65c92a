#include "shell/line.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

BOOST_AUTO_TEST_SUITE(line_test)

BOOST_AUTO_TEST_CASE(commands_are_parted_by_semicolons_and_line_ends) {
  auto lines = shell::parse_lines("status; ps # all of them\n\nnodes n1").value();

  BOOST_REQUIRE(lines.size() == 3u);
  BOOST_TEST(lines[0].words.front() == "status");
  BOOST_TEST(lines[1].words.size() == 1u);
  BOOST_TEST(lines[2].words[1] == "n1");
}

BOOST_AUTO_TEST_CASE(quotes_hold_words_and_semicolons_together) {
  auto lines =
    shell::parse_lines("ps --where 'mailbox>100 and kind=a;b' --reason \"it's\"").value();

  BOOST_REQUIRE(lines.size() == 1u);
  BOOST_TEST(lines[0].option("where") == "mailbox>100 and kind=a;b");
  BOOST_TEST(lines[0].option("reason") == "it's");
}

BOOST_AUTO_TEST_CASE(options_have_values_and_flags_have_none) {
  auto one = shell::parse_lines("ps -o json --limit=5 --yes --sort -mailbox").value().front();

  BOOST_TEST(one.option("output") == "json");
  BOOST_TEST(one.option("limit") == "5");
  BOOST_TEST(one.has("yes"));
  BOOST_TEST(one.option("sort") == "-mailbox");
}

BOOST_AUTO_TEST_CASE(a_word_that_begins_with_a_quote_is_no_option) {
  auto one = shell::parse_lines("send '--limit=5' --where='a b' \"-x\"").value().front();

  BOOST_TEST(one.words == (std::vector<std::string>{"send", "--limit=5", "-x"}),
             boost::test_tools::per_element());
  BOOST_TEST(one.option("where") == "a b");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_refused) {
  for (const char* bad : {"ps 'open", "ps --colour red", "ps --limit", "--limit 3", "--", "ps --"})
    BOOST_TEST(!shell::parse_lines(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(a_history_keeps_no_secret) {
  for (const char* line :
       {"set token=s3cr3t-value", "x password: 's3cr3t-value'", "x api-key s3cr3t-value",
        "x postgresql://nova:s3cr3t-value@host/db", "x Authorization: s3cr3t-value",
        "x Authorization: Bearer s3cr3t-value"}) {
    auto kept = shell::without_secrets(line);
    BOOST_TEST(kept.find("s3cr3t-value") == std::string::npos, line);
    BOOST_TEST(kept.find("***") != std::string::npos, line);
  }
  BOOST_TEST(shell::without_secrets("ps --where 'mailbox>1'") == "ps --where 'mailbox>1'");
}

BOOST_AUTO_TEST_CASE(a_history_keeps_no_line_of_thousands_of_characters) {
  auto kept = shell::without_secrets("token=" + std::string(300'000, 'a') + " ps");

  BOOST_TEST(kept.empty());
}

BOOST_AUTO_TEST_SUITE_END()
