#include "pg/error.hpp"
#include "pg/integrations/cancel_sync.hpp"
#include "pg/integrations/read_sync_config.hpp"
#include "tests/support/eventually.hpp"
#include "tests/unit/syncs/sync_fixture.hpp"

#include <thread>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(postgres_sync_test, sync_fixture)

BOOST_AUTO_TEST_CASE(a_full_run_copies_everything_and_a_second_one_writes_nothing) {
  both("create table t (id bigint primary key, name text)");
  source.run("insert into t select n, 'name ' || n from generate_series(1, 1000) n");
  configure(", settings", R"(, '{"page_rows": 300}')");

  BOOST_TEST(run() == "succeeded 1000 1000 0 0 0 0");
  BOOST_TEST(equal());
  BOOST_TEST(text("select pages::text from integration_sync_history") == "6"); // and its end
  BOOST_TEST(run() == "succeeded 1000 0 0 0 1000 0");

  source.run("update t set name = 'other' where id = 500; insert into t values (2000, 'new')");
  BOOST_TEST(run() == "succeeded 1001 1 1 0 999 0");
  BOOST_TEST(equal());
}

BOOST_AUTO_TEST_CASE(any_names_types_and_values_go_over) {
  both("create table \"T.\"\"x\" (\"a b\" text, \"B'\" integer, j json, jb jsonb, arr text[], by "
       "bytea, "
       "n numeric, ts timestamptz, t time, iv interval, d double precision, p point, e uuid, "
       "primary key (\"a b\", \"B'\"))");
  source.run(
    "insert into \"T.\"\"x\" values (E'tab\\t line\\n back\\\\slash', 1, '{\"a\":  1}', "
    "'{\"b\": [1, null]}', array['x', null, 'a,\"b'], '\\x00ff', 12345678901234567890.123456789, "
    "'2026-01-01 00:00:00.123456+02', '12:00', '1 mon -2 days', 0.1, '(1,2)', gen_random_uuid()),"
    "(E'\\\\N', 2, null, null, null, null, 'NaN', '-infinity', null, null, 'Infinity', null, null),"
    "('', -1, 'null', 'null', '{}', '', 0, 'infinity', null, null, '-0', null, null)");
  conn.run(
    "insert into integration_configs (name, provider, secret_name) values ('crm', 'postgres', "
    "'crm')");
  conn.run("insert into integration_sync_configs (id, integration_id, stream, settings) select "
           "'00000000-0000-0000-0000-0000000000a1', id, 'x', "
           "jsonb_build_object('table', 'T.\"x', 'schema', 'public', 'target', 'public.T.\"x', "
           "'page_rows', 1) from integration_configs");
  BOOST_TEST(run() == "succeeded 3 3 0 0 0 0");
  BOOST_TEST(last.text == "");
  BOOST_TEST(equal("\"T.\"\"x\""));
  BOOST_TEST(run() == "succeeded 3 0 0 0 3 0");
}

BOOST_AUTO_TEST_CASE(an_incremental_run_reads_what_is_above_the_watermark) {
  both("create table t (id bigint primary key, name text, updated_at timestamptz not null)");
  source.run("insert into t select n, 'x', '2026-01-01'::timestamptz + n * interval '1 hour' from "
             "generate_series(1, 100) n");
  configure(", sync_mode, incremental_key, settings",
            R"(, 'incremental', 'updated_at', '{"overlap": "0", "page_rows": 7}')");
  BOOST_TEST(run() == "succeeded 100 100 0 0 0 0");
  BOOST_TEST(watermark() == "2026-01-05T04:00:00.000000Z");

  source.run("update t set name = 'y', updated_at = '2026-02-01' where id = 3");
  BOOST_TEST(run() == "succeeded 2 0 1 0 1 0"); // the one at the watermark is read again
  BOOST_TEST(equal());
  BOOST_TEST(run() == "succeeded 1 0 0 0 1 0");
}

BOOST_AUTO_TEST_CASE(a_watermark_is_not_at_a_value_of_which_more_rows_follow) {
  both("create table t (id bigint primary key, updated_at timestamptz not null)");
  source.run("insert into t select n, '2026-01-01' from generate_series(1, 10) n");
  configure(", sync_mode, incremental_key, max_retries, settings",
            R"(, 'incremental', 'updated_at', 0, '{"overlap": "0", "page_rows": 5}')");
  conn.run(
    "create function fail() returns trigger language plpgsql as $$ begin if (select count(*) "
    "from t) > 5 then raise exception 'down' using errcode = '57P03'; end if; return null; "
    "end $$; create trigger fail after insert on t for each statement execute function "
    "fail()");
  BOOST_TEST(run() == "failed database 5 5 0 0 0 0");
  BOOST_TEST(watermark() == "");
  conn.run("drop trigger fail on t");
  BOOST_TEST(run() == "succeeded 10 5 0 0 5 0");
  BOOST_TEST(watermark() == "2026-01-01T00:00:00.000000Z");
}

BOOST_AUTO_TEST_CASE(a_row_that_commits_late_with_an_earlier_time_is_not_lost) {
  both("create table t (id bigint primary key, updated_at timestamptz not null default now())");
  configure(", sync_mode, incremental_key, settings",
            R"(, 'incremental', 'updated_at', '{"overlap": "0"}')");
  pg::connection late{other.url()};
  late.run("begin; insert into t (id) values (1)");
  source.run("select pg_sleep(0.01)");
  source.run("insert into t (id) values (2)");
  BOOST_TEST(run() == "succeeded 1 1 0 0 0 0");
  late.run("commit");
  BOOST_TEST(run() == "succeeded 2 1 0 0 1 0");
  BOOST_TEST(equal());
  // Nothing is open: it is at the last one now.
  BOOST_TEST(text_of(source, "select to_char(max(updated_at) at time zone 'UTC', "
                             "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from t")
             == watermark());
}

BOOST_AUTO_TEST_CASE(a_row_that_commits_late_with_a_smaller_number_is_not_lost) {
  both("create table t (id bigint generated by default as identity primary key, name text)");
  configure(", sync_mode, incremental_key, watermark_type, settings",
            R"(, 'incremental', 'id', 'number', '{"overlap": "0"}')");
  source.run("insert into t (name) values ('first')");
  BOOST_TEST(run() == "succeeded 1 1 0 0 0 0");
  BOOST_TEST(watermark() == "1");
  pg::connection late{other.url()};
  late.run("begin; insert into t (name) values ('late')"); // 2
  source.run("insert into t (name) values ('early')");     // 3
  BOOST_TEST(run() == "succeeded 2 1 0 0 1 0");
  BOOST_TEST(watermark() == "1");
  // Another is open when the first has ended: what was there before it began is safe.
  late.run("commit");
  pg::connection later{other.url()};
  later.run("begin; insert into t (name) values ('later')"); // 4
  BOOST_TEST(run() == "succeeded 3 1 0 0 2 0");
  BOOST_TEST(watermark() == "3");
  source.run("insert into t (name) values ('last')"); // 5
  later.run("commit");
  BOOST_TEST(run() == "succeeded 3 2 0 0 1 0");
  BOOST_TEST(watermark() == "5");
  BOOST_TEST(equal());
}

BOOST_AUTO_TEST_CASE(who_may_not_see_all_transactions_reads_with_an_overlap) {
  both("create table t (id bigint primary key, updated_at timestamptz not null default now())");
  source.run(
    "drop role if exists nova_unit_reader; create role nova_unit_reader login; grant select "
    "on t to nova_unit_reader");
  auto as = other.url();
  use_secret(as.replace(as.find("postgres@"), 8, "nova_unit_reader"));
  configure(", sync_mode, incremental_key", ", 'incremental', 'updated_at'");
  pg::connection late{other.url()};
  late.run("begin; insert into t (id) values (1)");
  source.run("select pg_sleep(0.01)");
  source.run("insert into t (id) values (2)");
  BOOST_TEST(run() == "succeeded 1 1 0 0 0 0");
  late.run("commit");
  BOOST_TEST(run() == "succeeded 2 1 0 0 1 0");
  BOOST_TEST(equal());
  source.run("drop owned by nova_unit_reader; drop role nova_unit_reader");
}

BOOST_AUTO_TEST_CASE(a_watermark_that_is_held_back_for_long_is_told) {
  both("create table t (id bigint primary key, updated_at timestamptz not null)");
  source.run("insert into t values (1, '2026-01-01')");
  configure(", sync_mode, incremental_key, max_retries, settings",
            R"(, 'incremental', 'updated_at', 0, '{"overlap": "0"}')");
  BOOST_TEST(run() == "succeeded 1 1 0 0 0 0");
  pg::connection open{other.url()};
  open.run("begin; select 1");
  source.run("insert into t values (2, now() + interval '1 hour')");
  BOOST_TEST(run() == "succeeded 2 1 0 0 1 0"); // up to the open one
  for (int i = 0; i < 4; ++i)
    BOOST_TEST(run() == "succeeded 1 0 0 0 1 0");
  BOOST_TEST(run() == "failed stalled 1 0 0 0 1 0");
  BOOST_TEST(last.text.find("a transaction of the source is open since") != std::string::npos);
  open.run("commit");
  source.run("update t set updated_at = now() where id = 2");
  BOOST_TEST(run().starts_with("succeeded"));
}

BOOST_AUTO_TEST_CASE(records_that_are_refused_are_noted_and_the_others_are_kept) {
  source.run("create table t (id bigint primary key, n text); insert into t select n, n::text from "
             "generate_series(1, 100) n");
  source.run("update t set n = 'seven' where id = 7; update t set n = null where id = 50");
  conn.run("create table t (id bigint primary key, n integer not null)");
  configure(", max_retries, settings", R"(, 0, '{"page_rows": 40}')");
  BOOST_TEST(run() == "partial bad_records 100 98 0 0 0 2");
  BOOST_TEST(
    text("select string_agg(concat_ws(' ', key, record, reason), E'\\n' order by key) from "
         "integration_rejected_records")
    == "50 {\"n\": null, \"id\": \"50\"} null value in column \"n\" of relation \"t\" "
       "violates not-null constraint\n"
       "7 {\"n\": \"seven\", \"id\": \"7\"} invalid input syntax for type integer: "
       "\"seven\"");
  source.run("update t set n = '7' where id = 7");
  BOOST_TEST(run() == "partial bad_records 100 1 0 0 98 1");
  BOOST_TEST(text("select string_agg(key, ' ') from integration_rejected_records") == "50");
  source.run("delete from t where id = 50");
  BOOST_TEST(run() == "succeeded 99 0 0 0 99 0");
  BOOST_TEST(text("select count(*)::text from integration_rejected_records") == "0");
}

BOOST_AUTO_TEST_CASE(
  what_is_deleted_at_the_source_is_deleted_here_but_not_at_once_when_it_is_much) {
  both("create table t (id bigint primary key)");
  source.run("insert into t select generate_series(1, 100)");
  configure("", "");
  BOOST_TEST(run() == "succeeded 100 100 0 0 0 0");
  source.run("delete from t where id <= 40");
  BOOST_TEST(run() == "succeeded 60 0 0 40 60 0");
  BOOST_TEST(equal());
  // Less than half of what was listed last is believed when it holds.
  source.run("delete from t where id <= 90");
  BOOST_TEST(run() == "succeeded 10 0 0 0 10 0");
  source.run("insert into t values (50)"); // it came back
  BOOST_TEST(text("select count(*)::text from t") == "60");
  BOOST_TEST(run() == "succeeded 11 0 0 49 11 0");
  BOOST_TEST(equal());
}

BOOST_AUTO_TEST_CASE(rows_that_were_here_before_the_first_run_are_not_deleted_by_it) {
  both("create table t (id bigint primary key)");
  conn.run("insert into t values (999)");
  source.run("insert into t values (1)");
  configure("", "");
  BOOST_TEST(run() == "succeeded 1 1 0 0 0 0");
  BOOST_TEST(text("select count(*)::text from t") == "2");
  conn.run("update integration_sync_configs set settings = '{\"deletes\": false}'");
  BOOST_TEST(run() == "succeeded 1 0 0 0 1 0");
  BOOST_TEST(text("select count(*)::text from t") == "2");
}

BOOST_AUTO_TEST_CASE(who_lost_the_claim_writes_nothing) {
  both("create table t (id bigint primary key)");
  source.run("insert into t values (1)");
  configure("", "");
  auto mine = claim().claim;
  conn.run("update integration_sync_history set claim_token = claim_token + 1");
  BOOST_TEST(run(mine).status == "stale");
  // Between two pages too: the claim goes while the first is read.
  conn.run("create function steal() returns trigger language plpgsql as $$ begin update "
           "integration_sync_history set claim_token = claim_token + 1; return null; end $$;"
           "create trigger steal after insert on t for each statement execute function steal()");
  ++mine.token;
  BOOST_TEST(run(mine).status == "stale");
  BOOST_TEST(text("select count(*)::text from t") == "0");
}

BOOST_AUTO_TEST_CASE(a_retry_goes_on_at_the_last_page) {
  both("create table t (id bigint primary key)");
  source.run("insert into t select generate_series(1, 100)");
  configure(", settings", R"(, '{"page_rows": 10}')");
  conn.run("create function fail() returns trigger language plpgsql as $$ begin if (select "
           "count(*) from t) "
           "> 45 then raise exception 'down' using errcode = '57P03'; end if; return null; end $$;"
           "create trigger fail after insert on t for each statement execute function fail()");
  BOOST_TEST(run() == "failed database 40 40 0 0 0 0");
  conn.run(
    "drop trigger fail on t; update integration_sync_history set retry_at = now() where status "
    "= 'pending'");
  auto again = perform(pg::claim_syncs{{"other"}, 10});
  BOOST_REQUIRE(again.size() == 1U);
  BOOST_TEST(again[0].retry_count == 1);
  run(again[0].claim);
  BOOST_TEST(counts(again[0].claim.id) == "succeeded 60 60 0 0 0 0");
  BOOST_TEST(equal());
}

BOOST_AUTO_TEST_CASE(failures_have_a_class_and_no_secret) {
  both("create table t (id bigint primary key)");
  configure(", max_retries", ", 0");
  auto failed = [&](const std::string& secret) {
    use_secret(secret);
    run();
    BOOST_TEST(last.text.find("hunter22") == std::string::npos);
    return last.error_class;
  };
  auto as = other.url();
  BOOST_TEST(failed(as.replace(as.find("postgres@"), 8, "nobody:hunter22")) == "auth");
  BOOST_TEST(failed("postgresql://u:hunter22@127.0.0.1:1/x") == "network");
  BOOST_TEST(failed("hunter22 no connection string") == "config");
  means.secrets = std::make_shared<base::secrets>(std::map<std::string, std::string>{}, "");
  run();
  BOOST_TEST(last.error_class == "secret_missing");
  use_secret(other.url());
  source.run("drop table t");
  run();
  BOOST_TEST(last.error_class == "schema");
  BOOST_TEST(last.text == "the source has no table public.t, or it may not be seen");
  source.run("create table t (id bigint primary key)");
  conn.run("drop table t");
  run();
  BOOST_TEST(last.error_class == "schema");
  conn.run("create table t (id bigint)");
  run();
  BOOST_TEST(last.text.starts_with("public.t has no primary key or unique index of (id)"));
  conn.run("update integration_sync_configs set settings = '{\"tabel\": \"x\"}'");
  run();
  BOOST_TEST(last.error_class == "config");
  BOOST_TEST(last.text.starts_with("settings of crm/t: 'tabel' is not known; there are schema"));
}

BOOST_AUTO_TEST_CASE(a_run_that_is_ended_cancels_what_it_waits_for) {
  both("create table t (id bigint primary key)");
  configure("", "");
  pg::connection lock{other.url()};
  lock.run("begin; lock table t in access exclusive mode");
  auto of = claim().claim;
  syncs::sync_stop stop;
  bool stopped = false;
  std::thread running{[&] {
    pg::connection own{url()};
    try {
      syncs::do_sync(own, of, means, stop);
    } catch (const syncs::sync_stopped&) {
      stopped = true;
    }
  }};
  pg::connection look{other.url()};
  BOOST_TEST(eventually(
    [&] { return text_of(look, "select count(*)::text from pg_locks where not granted") == "1"; }));
  BOOST_TEST(perform(pg::cancel_sync{of.id}) == "asked");
  stop.end();
  running.join();
  BOOST_TEST(stopped);
}

BOOST_AUTO_TEST_CASE(a_cancelled_run_ends_at_its_next_page) {
  both("create table t (id bigint primary key)");
  source.run("insert into t values (1)");
  configure("", "");
  auto of = claim().claim;
  perform(pg::cancel_sync{of.id});
  BOOST_TEST(run(of).status == "cancelled");
  BOOST_TEST(counts(of.id) == "cancelled 0 0 0 0 0 0");
  BOOST_TEST(text("select count(*)::text from t") == "0");
  BOOST_CHECK_EXCEPTION(perform(pg::cancel_sync{"00000000-0000-0000-0000-0000000000ff"}), pg::error,
                        [](const pg::error& e) { return e.sqlstate() == "NV030"; });
}

BOOST_AUTO_TEST_CASE(source_and_target_are_compared_by_counts_and_digests) {
  both("create table t (id bigint primary key, name text, at timestamptz)");
  source.run(
    "insert into t select n, 'x' || n, '2026-01-01'::timestamptz + n * interval '1 s' from "
    "generate_series(1, 5000) n");
  configure("", "");
  run();
  auto verify = [&] {
    syncs::sync_stop never;
    auto task = perform(pg::read_sync_config{"00000000-0000-0000-0000-0000000000a1"}).value();
    return syncs::verify_sync(conn, task, means, never);
  };
  auto found = verify();
  BOOST_TEST(found.at_source == 5000);
  BOOST_TEST(found.here == 5000);
  BOOST_TEST(found.differences.empty());
  conn.run(
    "update t set name = 'y' where id = 77; delete from t where id = 78; insert into t values "
    "(9999)");
  found = verify();
  BOOST_TEST(found.here == 5000);
  BOOST_TEST(found.differing == 3);
  BOOST_TEST(
    text("select left(md5(row('77')::text), 6)")
    == std::ranges::find(found.differences, true, &syncs::sync_difference::equal_counts)->part);
}

BOOST_AUTO_TEST_SUITE_END()
