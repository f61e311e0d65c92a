#include "pg/connection.hpp"

#include "base/ensure.hpp"
#include "pg/error.hpp"
#include "schema/queries.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/failures.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <thread>

using namespace nova;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

constexpr sql::statement select_one{"select_one", "select 1"};
constexpr sql::statement backend_pid{"backend_pid", "select pg_backend_pid()"};
constexpr sql::statement end_backend{"end_backend", "select pg_terminate_backend($1, 5000)"};
constexpr sql::statement add_row{"add_row", "insert into entry (id) values ($1::bigint)"};
constexpr sql::statement count_rows{"count_rows", "select count(*) from entry"};
constexpr sql::statement sleep_long{"sleep_long", "select pg_sleep(60)"};
constexpr sql::statement all_columns{"all_columns", "select * from entry"};

struct fixture : test::empty_database_fixture {
  fixture() {
    conn.run("create table entry (id bigint primary key, note text check (note <> 'bad'))");
  }

  int pid(pg::connection& of) {
    return of.exec(backend_pid).value<int>();
  }

  /// Ends the server's side of `conn` from outside, as an administrator or a failover does.
  void end_connection() {
    pg::connection other{url()};
    BOOST_REQUIRE(other.exec(end_backend, pid(conn)).value<bool>());
  }

  int64_t rows() {
    pg::connection other{url()};
    return other.exec(count_rows).value<int64_t>();
  }
};

struct sqlstate_row {
  const char* sqlstate;
  pg::failure kind;
};

std::ostream& operator<<(std::ostream& out, const sqlstate_row& row) {
  return out << '\'' << row.sqlstate << '\'';
}

const sqlstate_row sqlstates[] = {
  {"", pg::failure::lost},          // libpq: the connection broke
  {"08006", pg::failure::lost},     // connection_failure
  {"08P01", pg::failure::lost},     // protocol_violation, and PgBouncer
  {"57P01", pg::failure::lost},     // admin_shutdown
  {"57P02", pg::failure::lost},     // crash_shutdown
  {"57P03", pg::failure::lost},     // cannot_connect_now
  {"57P05", pg::failure::lost},     // idle_session_timeout
  {"25P03", pg::failure::lost},     // idle_in_transaction_session_timeout
  {"25006", pg::failure::lost},     // read_only_sql_transaction
  {"40001", pg::failure::retry},    // serialization_failure
  {"40P01", pg::failure::retry},    // deadlock_detected
  {"40002", pg::failure::refused},  // transaction_integrity_constraint_violation
  {"40003", pg::failure::in_doubt}, // statement_completion_unknown
  {"53100", pg::failure::retry},    // disk_full
  {"53300", pg::failure::retry},    // too_many_connections
  {"55P03", pg::failure::retry},    // lock_not_available
  {"57014", pg::failure::retry},    // query_canceled
  {"58030", pg::failure::retry},    // io_error
  {"23505", pg::failure::refused},  // unique_violation
  {"22P02", pg::failure::refused},  // invalid_text_representation
  {"25P02", pg::failure::refused},  // in_failed_sql_transaction
  {"42501", pg::failure::refused},  // insufficient_privilege
  {"57000", pg::failure::refused},  // operator_intervention, none of the known
  {"P0001", pg::failure::refused},  // raise_exception
  {"XX000", pg::failure::refused},  // internal_error
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(connection_test, fixture)

BOOST_DATA_TEST_CASE(a_sqlstate_tells_what_the_caller_can_do, data::make(sqlstates), row) {
  BOOST_TEST((pg::classify(row.sqlstate) == row.kind));
}

BOOST_AUTO_TEST_CASE(every_query_fits_the_migrated_schema) {
  test::database_fixture migrated;
  for (auto query : sql::all)
    BOOST_CHECK_NO_THROW(migrated.conn.prepare(*query));
}

BOOST_AUTO_TEST_CASE(a_refused_statement_is_named_without_the_rows_contents) {
  sql::statement add_note{"add_note", "insert into entry (id, note) values (1, $1)"};
  try {
    conn.exec(add_note, "bad");
    BOOST_FAIL("not refused");
  } catch (const pg::error& e) {
    BOOST_TEST(e.sqlstate() == "23514");
    BOOST_TEST(!e.transient());
    BOOST_TEST(std::string(e.what()).starts_with("add_note: "));
    BOOST_TEST(std::string(e.what()).find("Failing row") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_failed_script_names_the_line) {
  BOOST_CHECK_EXCEPTION(conn.run("select 1;\nselect 2;\nselect nothing;"), pg::error,
                        test::says("at line 3"));
}

BOOST_AUTO_TEST_CASE(without_prepare_the_server_keeps_no_statement) {
  pg::connection plain{pg::connection_settings{.url = url(), .prepare = false}};
  std::vector<int64_t> ids{1, 2, 3};
  sql::statement add_rows{"add_rows", "insert into entry (id) select unnest($1::bigint[])"};
  BOOST_TEST(plain.exec(add_rows, ids).affected() == 3u);
  sql::statement prepared{"prepared", "select count(*) from pg_prepared_statements"};
  BOOST_TEST(plain.exec(prepared).value<int64_t>() == 0);
  BOOST_TEST(conn.exec(prepared).value<int64_t>() == 1);
}

BOOST_AUTO_TEST_CASE(a_session_has_limits_unless_the_url_sets_them) {
  sql::statement limit{"limit", "select current_setting('statement_timeout')"};
  BOOST_TEST(conn.exec(limit).value<std::string>() == "1min");
  pg::connection own{url() + "&options=-c%20statement_timeout%3D7s"};
  BOOST_TEST(own.exec(limit).value<std::string>() == "7s");
}

BOOST_AUTO_TEST_CASE(a_session_is_in_utc_whatever_the_server_or_the_url_says) {
  sql::statement zone{"zone", "select current_setting('TimeZone')"};
  BOOST_TEST(conn.exec(zone).value<std::string>() == "UTC");
  pg::connection own{url() + "&options=-c%20timezone%3DAsia%2FTokyo"};
  BOOST_TEST(own.exec(zone).value<std::string>() == "UTC");
}

BOOST_AUTO_TEST_CASE(a_bad_connection_string_is_refused_without_repeating_it) {
  for (auto bad :
       {"postgresql://u:secret@[::1/x", "host=x secret", "postgresql://u:secret@h/d?secret=1"})
    try {
      pg::connection unreadable{bad};
      BOOST_FAIL("accepted: " << bad);
    } catch (const pg::error& e) {
      BOOST_TEST((e.kind() == pg::failure::refused));
      BOOST_TEST(std::string(e.what()).find("secret") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(what_waiting_does_not_cure_is_refused_and_the_rest_is_lost) {
  BOOST_CHECK_EXCEPTION(pg::connection{test::database_server().url("no_such_database")}, pg::error,
                        test::fails_as(pg::failure::refused));
  BOOST_CHECK_EXCEPTION(pg::connection{"host=/nowhere dbname=x"}, pg::error,
                        test::fails_as(pg::failure::lost));
}

BOOST_AUTO_TEST_CASE(a_server_without_a_free_connection_is_lost_for_now) {
  conn.run("create role crowded login connection limit 0");
  auto crowded = url();
  crowded.replace(crowded.find("postgres@"), 8, "crowded");
  BOOST_CHECK_EXCEPTION(pg::connection{crowded}, pg::error,
                        test::fails_as(pg::failure::lost, "too many connections for role"));
  conn.run("alter role crowded nologin");
  BOOST_CHECK_EXCEPTION(pg::connection{crowded}, pg::error,
                        test::fails_as(pg::failure::refused, "not permitted to log in"));
  conn.run("drop role crowded");
}

BOOST_AUTO_TEST_CASE(a_connection_that_broke_before_the_statement_is_lost_not_in_doubt) {
  BOOST_TEST(conn.alive());
  end_connection();
  BOOST_CHECK_EXCEPTION(conn.exec(add_row, 1), pg::error, test::fails_as(pg::failure::lost));
  BOOST_TEST(!conn.alive());
}

BOOST_AUTO_TEST_CASE(a_statement_of_its_own_that_loses_its_answer_is_in_doubt) {
  sql::statement end_self{"end_self", "select pg_terminate_backend(pg_backend_pid())"};
  BOOST_CHECK_EXCEPTION(conn.exec(end_self), pg::error, test::fails_as(pg::failure::in_doubt));
  BOOST_CHECK_EXCEPTION(conn.exec(select_one), pg::error, test::fails_as(pg::failure::lost));
}

BOOST_AUTO_TEST_CASE(a_statement_in_a_transaction_that_loses_its_answer_is_lost) {
  sql::statement end_self{"end_self", "select pg_terminate_backend(pg_backend_pid())"};
  {
    pg::transaction unfinished{conn};
    conn.exec(add_row, 1);
    BOOST_CHECK_EXCEPTION(conn.exec(end_self), pg::error, test::fails_as(pg::failure::lost));
  }
  BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(reconnecting_prepares_anew) {
  conn.exec(add_row, 1);
  end_connection();
  BOOST_CHECK_THROW(conn.exec(add_row, 2), pg::error);
  conn.reconnect();
  BOOST_TEST(conn.alive());
  conn.exec(add_row, 2);
  BOOST_TEST(rows() == 2);
}

BOOST_AUTO_TEST_CASE(a_migration_that_changes_a_result_is_survived) {
  conn.exec(add_row, 1);
  BOOST_TEST((conn.exec(all_columns).one<int64_t, std::optional<std::string>>()
              == std::tuple{1, std::nullopt}));
  conn.run("alter table entry drop column note");
  BOOST_TEST(conn.exec(all_columns).value<int64_t>() == 1);
  conn.run("alter table entry add column more int");
  {
    pg::transaction open{conn};
    BOOST_CHECK_EXCEPTION(conn.exec(all_columns), pg::error,
                          test::fails_with("0A000", pg::failure::retry));
  }
  pg::transaction again{conn};
  BOOST_CHECK_NO_THROW(conn.exec(all_columns));
}

BOOST_AUTO_TEST_CASE(a_session_that_forgot_its_statements_is_survived) {
  conn.exec(add_row, 1);
  conn.run("deallocate all");
  conn.exec(add_row, 2);
  BOOST_TEST(rows() == 2);
}

BOOST_AUTO_TEST_CASE(another_thread_ends_a_running_statement) {
  auto token = conn.canceller();
  auto mine = pid(conn);
  std::jthread ender{[token, mine, other = pg::connection{url()}]() mutable {
    sql::statement runs{
      "runs", "select count(*) from pg_stat_activity where pid = $1::int and state = 'active' "
              "and wait_event = 'PgSleep'"};
    while (other.exec(runs, mine).value<int64_t>() == 0)
      std::this_thread::yield();
    token.cancel();
  }};
  BOOST_CHECK_EXCEPTION(conn.exec(sleep_long), pg::error,
                        test::fails_with("57014", pg::failure::retry));
  BOOST_TEST(conn.alive());
}

BOOST_AUTO_TEST_CASE(a_token_follows_its_connection_and_may_outlive_it) {
  std::optional<pg::connection> mine{url()};
  auto token = mine->canceller();
  mine->reconnect();
  mine.reset();
  token.cancel();
  pg::cancel_token{}.cancel();
}

BOOST_AUTO_TEST_CASE(a_transaction_rolls_back_unless_it_is_committed) {
  {
    pg::transaction undone{conn};
    conn.exec(add_row, 1);
  }
  BOOST_TEST(rows() == 0);
  pg::transaction done{conn};
  conn.exec(add_row, 1);
  done.commit();
  BOOST_TEST(rows() == 1);
}

BOOST_AUTO_TEST_CASE(committing_after_a_failed_statement_does_not_look_like_success) {
  pg::transaction failed{conn};
  BOOST_CHECK_THROW(conn.run("select nothing"), pg::error);
  BOOST_CHECK_EXCEPTION(failed.commit(), pg::error,
                        test::fails_with("25P02", pg::failure::refused));
}

BOOST_AUTO_TEST_CASE(a_second_transaction_on_a_connection_is_a_broken_promise) {
  pg::transaction first{conn};
  BOOST_CHECK_THROW(pg::transaction{conn}, base::broken_promise);
}

BOOST_AUTO_TEST_CASE(a_session_that_may_only_look_writes_where_it_says_so) {
  auto looking = pg::connection_settings{.url = url(), .read_only = true};
  pg::connection looks{looking};
  BOOST_TEST(looks.exec(count_rows).value<int64_t>() == 0);
  BOOST_CHECK_EXCEPTION(looks.exec(add_row, 1), pg::error,
                        test::fails_with("25006", pg::failure::lost));
  {
    pg::transaction plain{looks};
    BOOST_CHECK_THROW(looks.exec(add_row, 1), pg::error);
  }
  pg::transaction act{looks, pg::transaction::access::read_write};
  looks.exec(add_row, 1);
  act.commit();
  BOOST_CHECK_THROW(looks.exec(add_row, 2), pg::error);
  BOOST_TEST(rows() == 1);
}

BOOST_AUTO_TEST_CASE(a_deferred_constraint_is_refused_at_commit) {
  conn.run("create table child (id bigint references entry deferrable initially deferred)");
  pg::transaction bad{conn};
  conn.run("insert into child values (7)");
  BOOST_CHECK_EXCEPTION(bad.commit(), pg::error, test::fails_with("23503", pg::failure::refused));
}

BOOST_AUTO_TEST_CASE(a_connection_that_breaks_during_commit_is_in_doubt) {
  conn.run("create function end_me() returns trigger language plpgsql as $$ begin "
           "perform pg_terminate_backend(pg_backend_pid()); return null; end $$;"
           "create constraint trigger end_me after insert on entry deferrable initially deferred "
           "for each row execute function end_me()");
  pg::transaction doubtful{conn};
  conn.exec(add_row, 1);
  BOOST_CHECK_EXCEPTION(doubtful.commit(), pg::error, test::fails_as(pg::failure::in_doubt));
}

BOOST_AUTO_TEST_CASE(a_connection_that_broke_before_commit_is_lost) {
  pg::transaction gone{conn};
  conn.exec(add_row, 1);
  end_connection();
  BOOST_CHECK_EXCEPTION(gone.commit(), pg::error, test::fails_as(pg::failure::lost));
  BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(serialization_failures_are_to_be_retried) {
  conn.exec(add_row, 1);
  pg::connection other{url()};
  pg::transaction one{conn};
  conn.run("set transaction isolation level repeatable read");
  conn.exec(count_rows);
  other.run("update entry set note = 'x'");
  BOOST_CHECK_EXCEPTION(conn.run("update entry set note = 'y'"), pg::error,
                        test::fails_with("40001", pg::failure::retry));
}

BOOST_AUTO_TEST_SUITE_END()
