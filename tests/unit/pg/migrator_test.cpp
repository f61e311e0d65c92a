#include "pg/migrator.hpp"

#include "pg/error.hpp"
#include "schema/migrations.hpp"
#include "schema/queries.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/failures.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <latch>
#include <thread>

using namespace nova;
using status = enum pg::migration_state::status;

namespace {

const sql::migration first{"one", "001_first", "create table first ()", "drop table first",
                           "select from first"};
const sql::migration second{"one", "002_second", "create table second (); select pg_sleep(0.05)",
                            "drop table second", "select from second"};
const sql::migration other{"two", "001_other", "create table other ()", "drop table other",
                           "select from other"};
const std::vector<sql::migration> all{first, second, other};

/// As `other`, of a system that a database has when somebody chose it.
sql::migration optional(sql::migration step) {
  step.optional = true;
  return step;
}
const std::vector<sql::migration> with_a_choice{first, second, optional(other)};

constexpr sql::statement tables{"tables", "select relname::text from pg_class where relkind = 'r' "
                                          "and relnamespace = 'public'::regnamespace "
                                          "order by relname"};

using names = std::vector<std::string>;

struct fixture : test::empty_database_fixture {
  names existing() {
    return conn.exec(tables).column<std::string>();
  }

  std::vector<status> statuses(const std::vector<sql::migration>& known) {
    std::vector<status> found;
    for (const auto& state : pg::migrator{conn, known}.status())
      found.push_back(state.status);
    return found;
  }
};

names done(const pg::migration_plan& plan) {
  names all;
  for (const auto& state : plan.steps)
    all.push_back(state.system + "/" + state.name);
  return all;
}

size_t count(const pg::migration_plan& plan) {
  return plan.steps.size();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(migrator_test, fixture)

BOOST_AUTO_TEST_CASE(up_applies_what_is_pending_in_order_and_once) {
  pg::migrator migrate{conn, all};
  BOOST_TEST(done(migrate.up()) == (names{"one/001_first", "one/002_second", "two/001_other"}));
  BOOST_TEST(existing() == (names{"first", "other", "second"}));
  BOOST_TEST(done(migrate.up()).empty());
}

BOOST_AUTO_TEST_CASE(a_system_that_nobody_chose_is_not_applied) {
  pg::migrator migrate{conn, with_a_choice};
  BOOST_TEST(count(migrate.up()) == 2u);
  BOOST_TEST(existing() == (names{"first", "second"}));
  BOOST_TEST((statuses(with_a_choice) == std::vector{status::applied, status::applied}));
  BOOST_TEST(migrate.not_chosen() == names{"two"});
  BOOST_REQUIRE(migrate.status("two").size() == 1u);
  BOOST_TEST((migrate.status("two")[0].status == status::pending));
}

BOOST_AUTO_TEST_CASE(a_choice_is_remembered_by_a_later_up) {
  BOOST_TEST(count(pg::migrator(conn, with_a_choice).up({"two"})) == 3u);
  auto newer = with_a_choice;
  newer.push_back(optional({"two", "002_more", "create table more ()", "drop table more", ""}));
  pg::migrator migrate{conn, newer};
  BOOST_TEST(count(migrate.up()) == 1u);
  BOOST_TEST(existing() == (names{"first", "more", "other", "second"}));
  BOOST_TEST(migrate.not_chosen().empty());
  BOOST_TEST(migrate.status("two").size() == 2u);
  BOOST_TEST(migrate.status("two")[0].applied_at.ends_with("Z"));
}

BOOST_AUTO_TEST_CASE(a_system_that_is_undone_is_no_longer_chosen) {
  pg::migrator migrate{conn, with_a_choice};
  migrate.up({"all"});
  BOOST_TEST(migrate.down("two", 0) == 1u);
  BOOST_TEST(migrate.not_chosen() == names{"two"});
  BOOST_TEST(count(migrate.up()) == 0u);
}

BOOST_AUTO_TEST_CASE(a_system_that_there_is_not_is_refused_before_anything_runs) {
  BOOST_CHECK_EXCEPTION(pg::migrator(conn, with_a_choice).up({"tow"}), pg::error,
                        test::fails_as(pg::failure::refused,
                                       "no system 'tow': accepted are one, two or all"));
  BOOST_TEST(existing().empty());
}

BOOST_AUTO_TEST_CASE(down_undoes_the_newest_first) {
  pg::migrator migrate{conn, all};
  migrate.up();
  BOOST_TEST(migrate.down("one", 1) == 1u);
  BOOST_TEST(existing() == (names{"first", "other"}));
  BOOST_TEST(migrate.down({}, 0) == 2u);
  BOOST_TEST(existing().empty());
  BOOST_TEST(count(migrate.up()) == 3u);
}

BOOST_AUTO_TEST_CASE(the_programs_own_migrations_go_up_down_and_up) {
  pg::migrator migrate{conn};
  auto applied = count(migrate.up({"all"}));
  BOOST_TEST(applied > 0u);
  BOOST_TEST(migrate.verify() == names{}, boost::test_tools::per_element());
  BOOST_TEST(migrate.down({}, 0) == applied);
  BOOST_TEST(count(migrate.up({"all"})) == applied);
}

BOOST_AUTO_TEST_CASE(a_failed_migration_is_named_and_leaves_nothing) {
  auto broken = all;
  broken[1].up = "create table half ();\n\nselect nonsense";
  pg::migrator migrate{conn, broken};
  BOOST_CHECK_EXCEPTION(migrate.up(), pg::error,
                        test::fails_as(pg::failure::refused, "migration one/002_second"));
  BOOST_TEST(existing().empty()); // nor of those before it
  BOOST_CHECK_EXCEPTION(migrate.up(), pg::error,
                        test::fails_as(pg::failure::refused,
                                       "column \"nonsense\" does not exist at line 3"));
  BOOST_TEST(count(pg::migrator(conn, all).up()) == 3u);
}

BOOST_AUTO_TEST_CASE(a_changed_migration_is_named_before_anything_runs) {
  pg::migrator{conn, std::span{all}.first(2)}.up();
  auto edited = all;
  edited[0].up = "create table first (id int)";
  BOOST_CHECK_EXCEPTION(pg::migrator(conn, edited).up(), pg::error,
                        test::fails_as(pg::failure::refused, "one/001_first: its text differs"));
  BOOST_TEST(existing() == (names{"first", "second"}));
  BOOST_TEST((statuses(edited) == std::vector{status::changed, status::applied, status::pending}));
}

BOOST_AUTO_TEST_CASE(what_a_newer_program_applied_is_unknown_and_not_undone_below_it) {
  pg::migrator{conn, all}.up();
  std::vector<sql::migration> older{first, other};
  BOOST_TEST((statuses(older) == std::vector{status::applied, status::applied, status::unknown}));
  BOOST_TEST(count(pg::migrator(conn, older).up()) == 0u);
  BOOST_CHECK_EXCEPTION(pg::migrator(conn, older).down("one", 0), pg::error,
                        test::fails_as(pg::failure::refused, "one/002_second"));
}

BOOST_AUTO_TEST_CASE(a_database_of_the_series_before_the_release_is_refused_unchanged) {
  pg::migrator migrate{conn};
  BOOST_TEST(migrate.earlier_series().empty());
  conn.exec(sql::create_migration_history);
  conn.exec(sql::record_migration, "cluster", "020_cluster_secret", "an older text");
  auto refusal = test::fails_as(pg::failure::refused, "cluster/020_cluster_secret");
  BOOST_CHECK_EXCEPTION(migrate.up(), pg::error, refusal);
  BOOST_CHECK_EXCEPTION(migrate.newest({}, 0), pg::error, refusal);
  BOOST_CHECK_EXCEPTION(migrate.down({}, 0), pg::error, refusal);
  BOOST_CHECK_EXCEPTION(migrate.verify(), pg::error, refusal);
  BOOST_CHECK_EXCEPTION(migrate.dry_run_up(), pg::error,
                        test::fails_as(pg::failure::refused, "a new database"));
  BOOST_TEST(existing().empty());
  BOOST_TEST(conn.exec(sql::list_migration_history).size() == 1);
}

BOOST_AUTO_TEST_CASE(a_migration_that_commits_by_itself_is_refused) {
  auto sly = all;
  sly[0].up = "create table first (); commit";
  BOOST_CHECK_EXCEPTION(pg::migrator(conn, sly).up(), pg::error,
                        test::fails_as(pg::failure::refused, "must not COMMIT"));
}

BOOST_AUTO_TEST_CASE(verify_tells_what_is_not_applied_and_what_is_gone) {
  pg::migrator migrate{conn, with_a_choice};
  auto failed = migrate.verify();
  BOOST_REQUIRE(failed.size() == 2u); // nobody chose the third
  BOOST_TEST(failed[0] == "migration one/001_first: is not applied");

  migrate.up({"two"});
  BOOST_TEST(migrate.verify().empty());
  conn.run("drop table other");
  failed = migrate.verify();
  BOOST_REQUIRE(failed.size() == 1u);
  BOOST_TEST(failed[0].starts_with("migration two/001_other: "));
  BOOST_TEST(failed[0].find("relation \"other\" does not exist") != std::string::npos);
  BOOST_TEST(migrate.verify("one").empty());
}

BOOST_AUTO_TEST_CASE(what_is_gone_is_seen_and_comes_back_with_what_stands_on_it) {
  auto again = with_a_choice;
  again[0].up = "create table if not exists first ()";
  again[1].up = "create table if not exists second (); comment on table first is 'of the second'";
  pg::migrator migrate{conn, again};
  migrate.up({"two"});
  conn.run("drop table first");

  auto seen = migrate.inspect();
  BOOST_REQUIRE(seen.size() == 3u);
  BOOST_TEST((seen[0].status == status::missing));
  BOOST_TEST(seen[0].reason.find("relation \"first\" does not exist") != std::string::npos);
  BOOST_TEST((seen[1].status == status::applied));
  BOOST_TEST((statuses(again)[0] == status::applied)); // the history alone knows nothing of it

  BOOST_TEST(done(migrate.plan()) == (names{"one/001_first", "one/002_second"}));
  BOOST_TEST(existing() == (names{"other", "second"})); // a plan changes nothing
  BOOST_TEST(done(migrate.up()) == (names{"one/001_first", "one/002_second"}));
  BOOST_TEST(existing() == (names{"first", "other", "second"}));
  BOOST_TEST(
    conn.exec({"comment", "select obj_description('first'::regclass)"}).value<std::string>()
    == "of the second");
  BOOST_TEST(migrate.verify().empty());
  BOOST_TEST(count(migrate.up()) == 0u);
}

BOOST_AUTO_TEST_CASE(what_does_not_come_back_as_it_was_left_is_refused_whole) {
  auto broken = all;
  broken[2].verify = "select nonsense from other";
  BOOST_CHECK_EXCEPTION(pg::migrator(conn, broken).up(), pg::error,
                        test::fails_as(pg::failure::refused, "migration two/001_other"));
  BOOST_TEST(existing().empty());
}

BOOST_AUTO_TEST_CASE(the_programs_own_migrations_come_back_after_each_documented_rollback) {
  pg::migrator migrate{conn};
  migrate.up({"all"});
  for (const auto& step : sql::migrations) {
    if (!step.optional)
      continue;
    try {
      conn.run(step.down); // as somebody pastes it; what others stand on refuses
    } catch (const pg::error&) {
      continue;
    }
    BOOST_TEST(!migrate.verify(step.system).empty(), step.name);
    BOOST_TEST(count(migrate.up()) > 0u, step.name);
    BOOST_TEST(migrate.verify() == names{}, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_plan_says_what_is_made_used_and_in_the_way_and_changes_nothing) {
  conn.run("create role plan_owner; create table messages (id int); alter table messages owner to "
           "plan_owner; create table users (id text, tenant_id text); create table tenants (id "
           "text, name text, slug text)");
  pg::migrator migrate{conn};

  auto plan = migrate.plan({"assistant"});

  BOOST_TEST(plan.in_the_way == names{"table public.messages of role plan_owner"});
  BOOST_TEST(plan.adopts
             == (names{"table public.tenants of role postgres", "table public.users of role "
                                                                "postgres"}));
  auto makes = [&](const char* name) {
    return std::ranges::find(plan.makes, name) != plan.makes.end();
  };
  BOOST_TEST(makes("flux_email_messages"));
  BOOST_TEST(!makes("messages"));
  BOOST_TEST(!conn.exec({"schema", "select to_regnamespace('nova') is not null"}).value<bool>());
  BOOST_CHECK_EXCEPTION(migrate.up({"assistant"}), pg::error,
                        test::fails_as(pg::failure::refused, plan.in_the_way[0].c_str()));
  BOOST_TEST(!conn.exec({"schema", "select to_regnamespace('nova') is not null"}).value<bool>());
  conn.run("drop table messages; drop role plan_owner");
}

BOOST_AUTO_TEST_CASE(a_dry_run_prints_and_changes_nothing) {
  pg::migrator migrate{conn, with_a_choice};
  auto text = migrate.dry_run_up();
  BOOST_TEST(text.find("create table first") < text.find("create table second"));
  BOOST_TEST(text.find("create table other") == std::string::npos);
  migrate.up();
  auto chosen = migrate.dry_run_up({"two"});
  BOOST_TEST(chosen.find("create table other") != std::string::npos);
  BOOST_TEST(chosen.find("create table first") == std::string::npos);
  BOOST_TEST(migrate.dry_run_down({}, 0).find("drop table second") != std::string::npos);
  BOOST_TEST(existing() == (names{"first", "second"}));
}

BOOST_AUTO_TEST_CASE(ten_that_start_together_migrate_once) {
  std::latch together{10};
  std::atomic<size_t> applied = 0;
  std::atomic<int> failed = 0;
  {
    std::vector<std::jthread> nodes;
    nodes.reserve(10);
    for (int i = 0; i < 10; ++i)
      nodes.emplace_back([&] {
        pg::connection own{url()};
        together.arrive_and_wait();
        try {
          applied += count(pg::migrator{own, all}.up());
        } catch (const std::exception&) {
          ++failed;
        }
      });
  }
  BOOST_TEST(applied == 3u);
  BOOST_TEST(failed == 0);
}

BOOST_AUTO_TEST_SUITE_END()
