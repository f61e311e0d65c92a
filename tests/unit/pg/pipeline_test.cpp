#include "pg/pipeline.hpp"

#include "base/ensure.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/failures.hpp"

#include <boost/test/unit_test.hpp>

#include <numeric>

using namespace nova;

namespace {

constexpr sql::statement add_row{"add_row",
                                 "insert into entry (id) values ($1::bigint) returning id"};
constexpr sql::statement add_rows{"add_rows", "insert into entry (id) select unnest($1::bigint[])"};
constexpr sql::statement count_rows{"count_rows", "select count(*) from entry"};
constexpr sql::statement refer{"refer", "insert into child values ($1::bigint)"};
constexpr sql::statement echo{"echo", "select $1::text"};
constexpr sql::statement end_self{"end_self", "select pg_terminate_backend(pg_backend_pid())"};
constexpr sql::statement level{"level", "select current_setting('transaction_isolation')"};

struct fixture : test::empty_database_fixture {
  fixture() {
    conn.run("create table entry (id bigint primary key check (id <> 617));"
             "create table child (id bigint references entry deferrable initially deferred)");
  }

  int64_t rows() {
    return conn.exec(count_rows).value<int64_t>();
  }

  pg::pipeline of_rows(std::initializer_list<int> ids) {
    pg::pipeline batch{conn};
    for (auto id : ids)
      batch.add(add_row, id);
    return batch;
  }
};

std::vector<int64_t> numbers(size_t count) {
  std::vector<int64_t> all(count);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(pipeline_test, fixture)

BOOST_AUTO_TEST_CASE(results_come_in_order) {
  auto batch = of_rows({3, 1, 2});
  batch.add(count_rows);
  auto results = batch.run();
  BOOST_REQUIRE(results.size() == 4u);
  BOOST_TEST(results[0].value<int>() == 3);
  BOOST_TEST(results[2].value<int>() == 2);
  BOOST_TEST(results[3].value<int>() == 3);
  BOOST_TEST(batch.size() == 0u);
}

BOOST_AUTO_TEST_CASE(an_empty_pipeline_is_nothing) {
  BOOST_TEST(pg::pipeline{conn}.run().empty());
}

BOOST_AUTO_TEST_CASE(it_works_without_prepared_statements) {
  pg::connection plain{pg::connection_settings{.url = url(), .prepare = false}};
  pg::pipeline batch{plain};
  batch.add(add_row, 1);
  batch.add(add_rows, numbers(0));
  batch.add(count_rows);
  BOOST_TEST(batch.run().back().value<int>() == 1);
}

BOOST_AUTO_TEST_CASE(one_refused_statement_undoes_all_and_is_named) {
  auto batch = of_rows({1, 2});
  batch.add(echo, "between");
  batch.add(add_rows, std::vector<int64_t>{2});
  batch.add(count_rows);
  BOOST_CHECK_EXCEPTION(batch.run(), pg::error,
                        test::fails_as(pg::failure::refused, "add_rows: duplicate key"));
  BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(a_deferred_constraint_speaks_up_at_the_end) {
  pg::pipeline batch{conn};
  batch.add(refer, 5);
  batch.add(add_row, 1);
  BOOST_CHECK_EXCEPTION(batch.run(), pg::error, test::fails_as(pg::failure::refused));
  BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(inside_a_transaction_nothing_is_committed_before_its_end) {
  {
    pg::transaction undone{conn};
    of_rows({1, 2}).run();
    BOOST_TEST(rows() == 2);
  }
  BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(begin_and_commit_travel_along) {
  auto batch = of_rows({1});
  batch.add(level);
  auto results = batch.run_as_transaction(pg::isolation::serializable);
  BOOST_REQUIRE(results.size() == 2u);
  BOOST_TEST(results[1].value<std::string>() == "serializable");
  BOOST_TEST(rows() == 1);
}

BOOST_AUTO_TEST_CASE(a_failed_transaction_in_a_pipeline_leaves_none_open) {
  auto batch = of_rows({1, 1});
  BOOST_CHECK_EXCEPTION(batch.run_as_transaction(pg::isolation::read_committed), pg::error,
                        test::fails_as(pg::failure::refused, "add_row"));
  BOOST_TEST(!conn.in_transaction());
  BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(a_pipeline_that_loses_its_connection_is_in_doubt) {
  auto batch = of_rows({1});
  batch.add(end_self);
  batch.add(add_row, 2);
  BOOST_CHECK_EXCEPTION(batch.run(), pg::error, test::fails_as(pg::failure::in_doubt));
  conn.reconnect();
  BOOST_TEST(rows() == 0);
  of_rows({7}).run();
}

BOOST_AUTO_TEST_CASE(inside_a_transaction_it_is_lost) {
  pg::transaction unfinished{conn};
  auto batch = of_rows({1});
  batch.add(end_self);
  BOOST_CHECK_EXCEPTION(batch.run(), pg::error, test::fails_as(pg::failure::lost));
}

BOOST_AUTO_TEST_CASE(much_data_in_both_directions_does_not_block) {
  std::string large(size_t{1} << 20, 'x');
  pg::pipeline batch{conn};
  for (int i = 0; i < 40; ++i)
    batch.add(echo, large);
  for (const auto& result : batch.run())
    BOOST_TEST(result.value<std::string>().size() == large.size());
}

BOOST_AUTO_TEST_CASE(one_bad_row_of_a_thousand_fails_alone) {
  size_t calls = 0;
  auto outcomes = pg::run_in_halves(numbers(1000), [&](std::span<const int64_t> part) {
    ++calls;
    conn.exec(add_rows, std::vector<int64_t>(part.begin(), part.end()));
  });
  BOOST_REQUIRE(outcomes.size() == 1000u);
  for (size_t i = 0; i < outcomes.size(); ++i)
    BOOST_TEST(outcomes[i].has_value() == (i == 617));
  BOOST_TEST(outcomes[617]->sqlstate() == "23514");
  BOOST_TEST(rows() == 999);
  BOOST_TEST(calls <= 21u);
}

BOOST_AUTO_TEST_CASE(a_good_batch_costs_one_call) {
  size_t calls = 0;
  auto outcomes = pg::run_in_halves(10, [&](size_t first, size_t last) {
    ++calls;
    BOOST_TEST(last - first == 10u);
  });
  BOOST_TEST(calls == 1u);
  BOOST_TEST(outcomes.size() == 10u);
  BOOST_TEST(pg::run_in_halves(0, [](size_t, size_t) { BOOST_FAIL("called"); }).empty());
}

BOOST_AUTO_TEST_CASE(a_lost_connection_ends_the_halving) {
  auto outcomes = pg::run_in_halves(4, [](size_t first, size_t last) {
    if (last - first == 4)
      throw pg::error(pg::failure::refused, "one of four");
    if (first == 0)
      throw pg::error(pg::failure::in_doubt, "gone");
    BOOST_FAIL("tried after the connection was gone");
  });
  BOOST_TEST((outcomes[0]->kind() == pg::failure::in_doubt));
  BOOST_TEST((outcomes[1]->kind() == pg::failure::in_doubt));
  BOOST_TEST((outcomes[2]->kind() == pg::failure::lost));
  BOOST_TEST((outcomes[3]->kind() == pg::failure::lost));
}

BOOST_AUTO_TEST_SUITE_END()
