#include "pg/value.hpp"

#include "mail/ids.hpp"
#include "pg/error.hpp"
#include "schema/statement.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/failures.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

using namespace nova;
namespace data = boost::unit_test::data;

namespace {

using strings = std::vector<std::string>;

const std::string awkward = "it's \"quoted\", {braces}, back\\slash, NULL, \xc3\xa4\n\ttab";

/// What the server makes of an argument, as it came back.
template <class T>
T echo(pg::connection& conn, const char* cast, const T& value) {
  auto text = std::string("select $1::") + cast;
  auto name = std::string("echo_") + std::to_string(std::hash<std::string>{}(text));
  return conn.exec(sql::statement{name.c_str(), text.c_str()}, value).template value<T>();
}

bool refuses_to_decode(const char* text) {
  strings out;
  return !pg::decode(text, out);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(value_test, test::empty_database_fixture)

BOOST_AUTO_TEST_CASE(scalars_come_back_as_they_went) {
  BOOST_TEST(echo(conn, "text", awkward) == awkward);
  BOOST_TEST(echo(conn, "text", std::string{}).empty());
  BOOST_TEST(echo(conn, "boolean", true));
  BOOST_TEST(!echo(conn, "boolean", false));
  BOOST_TEST(echo(conn, "bigint", std::numeric_limits<int64_t>::min())
             == std::numeric_limits<int64_t>::min());
  BOOST_TEST(echo(conn, "bigint", uint32_t{4'000'000'000}) == 4'000'000'000);
  BOOST_TEST(echo(conn, "double precision", 0.1) == 0.1);
  BOOST_TEST(std::isnan(echo(conn, "double precision", std::nan(""))));
  BOOST_TEST((echo(conn, "text", thread_id{"t1"}) == thread_id{"t1"}));
  BOOST_TEST((echo(conn, "text", std::optional<std::string>{}) == std::nullopt));
  BOOST_TEST((echo(conn, "bigint", std::optional<int64_t>{7}) == 7));
}

BOOST_AUTO_TEST_CASE(bytes_keep_every_value) {
  pg::bytes all;
  for (int i = 0; i < 256; ++i)
    all.value += static_cast<char>(i);
  BOOST_TEST((echo(conn, "bytea", all) == all));
  BOOST_TEST((echo(conn, "bytea", pg::bytes{}) == pg::bytes{}));
  BOOST_TEST(
    (echo(conn, "bytea[]", std::vector<pg::bytes>{all, {}}) == std::vector{all, pg::bytes{}}));
}

BOOST_AUTO_TEST_CASE(arrays_come_back_as_they_went) {
  BOOST_TEST(echo(conn, "text[]", strings{awkward, "", "NULL", "a,b"})
             == (strings{awkward, "", "NULL", "a,b"}));
  BOOST_TEST(echo(conn, "text[]", strings{}).empty());
  BOOST_TEST(echo(conn, "bigint[]", std::vector<int64_t>{-1, 0, 1LL << 62})
             == (std::vector<int64_t>{-1, 0, 1LL << 62}));
  BOOST_TEST(echo(conn, "int[]", std::vector<int32_t>{-5, 5}) == (std::vector<int32_t>{-5, 5}));
  BOOST_TEST(echo(conn, "bigint[]", std::vector<uint32_t>{4'000'000'000})
             == (std::vector<uint32_t>{4'000'000'000}));
  BOOST_TEST((echo(conn, "boolean[]", std::vector<bool>{true, false, true})
              == std::vector<bool>{true, false, true}));
  BOOST_TEST(echo(conn, "float8[]", std::vector<double>{0.1, -2e300})
             == (std::vector<double>{0.1, -2e300}));
}

BOOST_AUTO_TEST_CASE(an_array_may_have_nulls) {
  std::vector<std::optional<int64_t>> some{1, std::nullopt, 3};
  BOOST_TEST((echo(conn, "bigint[]", some) == some));
  std::vector<std::optional<std::string>> texts{std::nullopt, "NULL", ""};
  BOOST_TEST((echo(conn, "text[]", texts) == texts));
}

BOOST_AUTO_TEST_CASE(views_are_enough_and_the_statement_casts_them) {
  std::vector<std::string_view> ids{"00000000-0000-0000-0000-000000000001"};
  sql::statement query{"cast_ids", "select count(*) from unnest($1::text[]::uuid[])"};
  BOOST_TEST(conn.exec(query, ids).value<int64_t>() == 1);
}

BOOST_AUTO_TEST_CASE(one_statement_takes_arguments_of_different_types) {
  sql::statement query{"two_forms", "select $1::text"};
  BOOST_TEST(conn.exec(query, "x").value<std::string>() == "x");
  BOOST_TEST(conn.exec(query, strings{"x", "y"}).value<std::string>() == "{x,y}");
  BOOST_TEST(conn.exec(query, "z").value<std::string>() == "z");
}

BOOST_AUTO_TEST_CASE(a_nul_byte_is_refused_and_its_argument_named) {
  using namespace std::string_literals;
  sql::statement query{"two_texts", "select $1::text, $2::text[]"};
  BOOST_CHECK_EXCEPTION(conn.exec(query, "a\0b"s, strings{}), pg::error,
                        test::fails_with("22021", pg::failure::refused, "two_texts: argument $1 "));
  BOOST_CHECK_EXCEPTION(conn.exec(query, "a", strings{"ok", "b\0"s}), pg::error,
                        test::fails_with("22021", pg::failure::refused, "argument $2, element 2 "));
}

BOOST_AUTO_TEST_CASE(a_missing_row_null_or_column_names_statement_and_column) {
  sql::statement query{"odd_row", "select null::text as subject, 'x' as n where $1"};
  auto row = conn.exec(query, true);
  BOOST_CHECK_EXCEPTION((row.rows<std::string, std::string>()), pg::error,
                        test::fails_as(pg::failure::decoding,
                                       "odd_row: column subject has unexpected value NULL"));
  BOOST_CHECK_EXCEPTION((row.rows<std::optional<std::string>, int>()), pg::error,
                        test::fails_as(pg::failure::decoding, "column n has unexpected value 'x'"));
  BOOST_CHECK_EXCEPTION((row.rows<std::string>()), pg::error,
                        test::fails_as(pg::failure::decoding, "expects 1 columns"));
  BOOST_CHECK_EXCEPTION((conn.exec(query, false).one<std::string, std::string>()), pg::error,
                        test::fails_as(pg::failure::decoding, "the query returned 0"));
  BOOST_TEST(!(conn.exec(query, false).maybe<std::string, std::string>()).has_value());
}

BOOST_DATA_TEST_CASE(text_that_is_no_array_is_refused,
                     data::make({"", "{", "{a", "{a}x", "{{a},{b}}", "{\"a}", "{a\\", "{NULL}",
                                 "a"}),
                     text) {
  BOOST_TEST(refuses_to_decode(text));
}

BOOST_AUTO_TEST_SUITE_END()
