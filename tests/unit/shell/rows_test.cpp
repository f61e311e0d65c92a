#include "shell/rows.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace nova;

namespace {

std::string printed(const std::string& answer, shell::format as, const char* columns) {
  std::ostringstream out;
  shell::print(out, shell::read_rows({200, answer}), as, shell::split(columns, ','));
  return out.str();
}

} // namespace

BOOST_AUTO_TEST_SUITE(rows_test)

BOOST_AUTO_TEST_CASE(a_table_is_aligned_and_cannot_command_the_terminal) {
  auto out = printed(R"({"version":1,"total":2,"silent":[],"rows":[
                        {"a":"x","b_s":3.0},{"a":"\u001b[31mlong","b_s":4000}]})",
                     shell::format::table, "a,b_s");

  BOOST_TEST(out == "A          B\nx          3.0 s\n [31mlong  1 h 06 m\n");
}

BOOST_AUTO_TEST_CASE(who_did_not_answer_makes_an_answer_partial) {
  auto found = shell::read_rows(
    {200, R"({"version":1,"total":1,"silent":[{"node":"n2","reason":"late"}],"rows":[{"a":1}]})"});

  BOOST_TEST((found.result == base::exit_code::partial));
  BOOST_TEST(found.silent.front().node == "n2");
}

BOOST_AUTO_TEST_CASE(a_refusal_has_its_exit_code) {
  auto of = [](int status) { return shell::read_rows({status, R"({"error":"no"})"}).result; };
  BOOST_TEST((of(403) == base::exit_code::denied));
  BOOST_TEST((of(401) == base::exit_code::denied));
  BOOST_TEST((of(404) == base::exit_code::nothing));
  BOOST_TEST((of(400) == base::exit_code::usage));
  BOOST_TEST((of(409) == base::exit_code::failed));
  BOOST_TEST((of(shell::reply::unreachable) == base::exit_code::unreachable));
  BOOST_TEST((of(504) == base::exit_code::timed_out));
  BOOST_TEST((of(shell::reply::timed_out) == base::exit_code::timed_out));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_a_failure) {
  for (const char* bad : {"", "{}", "[", "{\"rows\":3}", "nothing"})
    BOOST_TEST((shell::read_rows({200, bad}).result == base::exit_code::failed), bad);
}

BOOST_AUTO_TEST_CASE(rows_outlive_the_answer_that_they_came_in) {
  shell::rows all;
  for (int i = 0; i < 50; ++i)
    all.append(
      shell::read_rows({200, R"([{"will":"a text that is too long to be kept inline"}])"}));

  BOOST_TEST(all.document.Size() == 50u);
  for (const auto& row : all.document.GetArray())
    BOOST_TEST(shell::rows::text(row, "will") == "a text that is too long to be kept inline");
}

BOOST_AUTO_TEST_CASE(json_says_what_a_table_cannot) {
  auto out = printed(R"({"version":1,"total":7,"silent":[{"node":"n2","reason":"late"}],
                        "rows":[{"a":1,"b":null}]})",
                     shell::format::json, "");

  BOOST_TEST(out
             == "{\"version\":1,\"total\":7,\"silent\":[{\"node\":\"n2\",\"reason\":\"late\"}],"
                "\"rows\":[\n  {\"a\":1,\"b\":null}\n]}\n");
}

BOOST_AUTO_TEST_SUITE_END()
