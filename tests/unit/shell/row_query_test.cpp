#include "shell/row_query.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

struct condition {
  const char* text;
  bool takes;
};

std::ostream& operator<<(std::ostream& out, const condition& one) {
  return out << one.text;
}

const condition conditions[] = {
  {"", true},
  {"mailbox>100", true},
  {"mailbox>150", false},
  {"mailbox >= 150 and kind=thread_sync", true},
  {"kind=backfill or mailbox<1k", true},
  {"kind=backfill or mailbox<0.1k", false},
  {"not kind=backfill", true},
  {"not (kind=thread_sync and mailbox=150)", false},
  {"kind=backfill and mailbox=1 or key=t1", true},
  {"kind=backfill and (mailbox=1 or key=t1)", false},
  {"reason~'rate LIMIT'", true},
  {"reason~\"nothing\"", false},
  {"kind~thread*", true},
  {"kind~*SYNC", true},
  {"kind~*ad_*y*", true},
  {"kind~sync*", false},
  {"kind~'*'", true},
  {"quote~'a \"b\" ''c'''", true},
  {"quote=\"a \"\"b\"\" 'c'\" and mailbox=150", true},
  {"quote~\"a \"\"c\"", false},
  {"busy_s>40s", true},
  {"busy_s>1m", false},
  {"absent=1", false},
  {"absent!=1", true},
  {"load.cpu>0.5", true},
  {"kind!=backfill", true},
  {"kind>thread", true},
};

const char* const refused[] = {"mailbox",       "mailbox>",
                               "mailbox>1 and", "(mailbox>1",
                               "mailbox>1)",    "=1",
                               "kind='open",    "kind='it''s",
                               "a=1 b=2",       "((((((((((((((((((((((((((((((((((((a=1"};

rapidjson::Document a_row() {
  rapidjson::Document row;
  row.Parse(R"({"kind":"thread_sync","key":"t1","mailbox":150,"busy_s":41.2,
                "reason":"Rate limit reached","quote":"a \"b\" 'c'","load":{"cpu":0.9}})");
  return row;
}

} // namespace

BOOST_AUTO_TEST_SUITE(row_query_test)

BOOST_DATA_TEST_CASE(a_condition_takes_or_leaves_a_row, boost::unit_test::data::make(conditions),
                     one) {
  auto row = a_row();
  auto filter = shell::row_filter::parse(one.text);
  BOOST_REQUIRE(filter.has_value());
  BOOST_TEST(filter->takes(shell::cells_of(row)) == one.takes);
}

BOOST_DATA_TEST_CASE(what_is_no_condition_is_refused, boost::unit_test::data::make(refused), text) {
  BOOST_TEST(!shell::row_filter::parse(text).has_value());
}

BOOST_AUTO_TEST_CASE(numbers_come_before_texts_and_nothing_comes_last) {
  BOOST_TEST(shell::less(shell::cell{1.0}, shell::cell{2.0}));
  BOOST_TEST(shell::less(shell::cell{9.0}, shell::cell{std::string{"a"}}));
  BOOST_TEST(shell::less(shell::cell{std::string{"a"}}, shell::cell{}));
}

BOOST_AUTO_TEST_CASE(what_is_quoted_is_read_as_it_was) {
  for (const char* value : {"", "plain", "\"", "'", "a\"b'c", "\"\"", ") or (kind=x", "a*\"b"}) {
    auto filter = shell::row_filter::parse("kind=" + shell::quoted(value));
    BOOST_REQUIRE(filter.has_value());
    BOOST_TEST(filter->takes([&](std::string_view) { return shell::cell{std::string{value}}; }));
  }
}

BOOST_AUTO_TEST_CASE(a_length_of_time_has_a_unit) {
  BOOST_TEST(shell::parse_seconds("10m").value() == 600);
  BOOST_TEST(shell::parse_seconds("90").value() == 90);
  BOOST_TEST(shell::parse_seconds("250ms").value() == 0.25);
  BOOST_TEST(!shell::parse_seconds("soon").has_value());
  BOOST_TEST(!shell::parse_seconds("-1s").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
