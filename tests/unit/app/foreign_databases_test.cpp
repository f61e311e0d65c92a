// `nova migrate up` on databases that somebody else has: done, or refused with nothing changed and
// the list of what stands in the way. A server of its own: roles belong to all of a server's
// databases.
#include "app/program.hpp"
#include "pg/connection.hpp"
#include "pg/embedded.hpp"
#include "pg/error.hpp"
#include "schema/migrations.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <latch>
#include <ranges>
#include <sstream>
#include <thread>

using namespace nova;

namespace {

struct server {
  test::temporary_folder folder;
  pg::embedded running{{folder.path(), "autovacuum = off\n", false}};
};

pg::embedded& own_server() {
  static server one;
  return one.running;
}

struct outcome {
  int code = 0;
  std::string out, err;
};

outcome run_at(const std::string& url, const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  auto code = app::run_program(arguments, {{"DATABASE_URL", url}, {"LOG_LEVEL", "off"}}, out, err);
  return {code, out.str(), err.str()};
}

/// A server without a role of Supabase's, and a database `shop` whose owner `owner` may do what the
/// case says.
struct fixture {
  fixture() {
    begin_again();
  }

  void begin_again() {
    admin.run("drop database if exists shop with (force)");
    for (const auto* role : {"owner", "api", "anon", "authenticated", "service_role"})
      admin.run((std::string("drop role if exists ") + role).c_str());
  }

  void make_api_roles() {
    admin.run("create role anon nologin noinherit; create role authenticated nologin noinherit; "
              "create role service_role nologin noinherit bypassrls");
  }

  /// All that service_role was granted, a line each.
  static std::string rights_of_service() {
    return value("owner",
                 "select string_agg(x.what || ' ' || a.privilege_type, E'\\n' order by x.what, "
                 "a.privilege_type) from ("
                 "select c.oid::regclass::text, c.relacl from pg_class c union all select "
                 "p.oid::regprocedure::text, p.proacl from pg_proc p union all select n.nspname, "
                 "n.nspacl from pg_namespace n) x (what, acl), aclexplode(x.acl) a where a.grantee "
                 "= 'service_role'::regrole");
  }

  void made_by(const std::string& attributes) {
    admin.run(("create role owner login " + attributes).c_str());
    admin.run("create database shop owner owner");
  }

  static std::string url(const std::string& user = "owner") {
    auto all = own_server().url("shop");
    return all + (all.find('?') == std::string::npos ? "?" : "&") + "user=" + user;
  }

  static void as(const std::string& user, const std::string& sql) {
    pg::connection conn{url(user)};
    conn.run(sql.c_str());
  }

  static std::string value(const std::string& user, const char* query) {
    pg::connection conn{url(user)};
    return conn.exec({"value", query}).value<std::string>();
  }

  static outcome run(const std::vector<std::string>& arguments) {
    return run_at(url(), arguments);
  }

  /// Everything that a migration could have made or changed.
  static std::string picture() {
    return value("postgres",
                 "select md5(string_agg(t.what, ',' order by t.what)) from ("
                 "select 'r' || c.oid || c.relname || coalesce(c.relacl::text, '') from pg_class c "
                 "union all select 'f' || p.oid || p.proname || md5(p.prosrc) from pg_proc p "
                 "union all select 'n' || n.nspname from pg_namespace n "
                 "union all select 'u' || r.rolname from pg_roles r) t (what)");
  }

  /// Refused with these words, and nothing is another than before; the plan says the same.
  void expect_refused(const std::vector<std::string>& arguments,
                      const std::vector<std::string>& words) {
    auto before = picture();
    auto refused = run(arguments);
    BOOST_TEST(refused.code == 1, refused.out);
    for (const auto& word : words)
      BOOST_TEST(refused.err.find(word) != std::string::npos, refused.err);
    BOOST_TEST(refused.err.find("run `nova migrate up`") == std::string::npos, refused.err);
    BOOST_TEST(picture() == before);

    auto looking = arguments;
    looking.emplace_back("--dry-run");
    auto plan = run(looking);
    BOOST_TEST(plan.code == 1, plan.err);
    for (const auto& word : words)
      BOOST_TEST((plan.out + plan.err).find(word) != std::string::npos, plan.out + plan.err);
    BOOST_TEST(picture() == before);
  }

  static void expect_done(const std::vector<std::string>& arguments) {
    auto done = run(arguments);
    BOOST_TEST(done.code == 0, done.err);
    auto verified = run({"migrate", "verify"});
    BOOST_TEST(verified.code == 0, verified.err);
    BOOST_TEST(run({"migrate", "up"}).out.find("up to date") != std::string::npos);
  }

  pg::connection admin{own_server().url()};
};

const std::vector<std::string> up{"migrate", "up"};
const std::vector<std::string> all{"migrate", "up", "--system", "all"};
const std::vector<std::string> assistant{"migrate", "up", "--system", "assistant"};

} // namespace

BOOST_FIXTURE_TEST_SUITE(foreign_databases_test, fixture)

BOOST_AUTO_TEST_CASE(own_tables_stand_in_nobodys_way_who_wants_mail) {
  made_by("");
  as("owner", "create table users (id uuid primary key, full_name text); create table messages (id "
              "bigserial primary "
              "key, body text); create table settings (name text, value text)");
  expect_done(up);
  BOOST_TEST(
    value("owner",
          "select count(*)::text from pg_attribute where attrelid = 'public.users'::regclass "
          "and attnum > 0")
    == "2");
}

BOOST_AUTO_TEST_CASE(own_users_and_messages_stand_in_the_way_of_the_assistant) {
  made_by("createrole");
  as("owner", "create table users (id uuid primary key, full_name text); create table messages (id "
              "bigserial primary "
              "key, body text)");
  expect_refused(
    assistant,
    {"table public.users of role owner, which is used as it is but lacks the columns tenant_id",
     "table public.tenants, which is missing beside your own public.users",
     "table public.messages of role owner"});
}

BOOST_AUTO_TEST_CASE(the_tables_of_the_node_service_are_named_all_together) {
  made_by("");
  as("owner", "create table flux_inboxes (id uuid, user_id uuid, email_address text); create table "
              "flux_email_messages (id uuid, received_date timestamptz); create function "
              "flux_pgmq_send(queue_name text, message jsonb, delay_seconds int default 0) returns "
              "bigint language "
              "sql as 'select 1::bigint'; create table queued_threads (id uuid)");
  expect_refused(up,
                 {"table public.flux_inboxes of role owner",
                  "table public.flux_email_messages of role owner",
                  "function public.flux_pgmq_send(", "table public.queued_threads of role owner"});
}

BOOST_AUTO_TEST_CASE(a_schema_of_somebody_elses_stands_in_the_way) {
  made_by("");
  as("postgres", "create schema nova; create table nova.mine (id int)");
  expect_refused(up, {"schema nova"});
}

BOOST_AUTO_TEST_CASE(mail_needs_no_role_of_supabases) {
  made_by("");
  expect_done({"migrate", "up", "--system", "messenger,integrations"});
  BOOST_TEST(value("owner",
                   "select count(*)::text from pg_roles where rolname in ('anon', 'authenticated', "
                   "'service_role')")
             == "0");
  BOOST_TEST(value("owner", "select (to_regnamespace('auth') is null)::text") == "true");
}

BOOST_AUTO_TEST_CASE(an_owner_who_may_make_no_role_is_told_the_administrators_statements) {
  made_by("");
  expect_done(up);
  expect_refused(
    assistant,
    {"role anon, which is missing and which role owner may not make: create role anon nologin "
     "noinherit",
     "create role authenticated nologin noinherit",
     "create role service_role nologin noinherit bypassrls"});
  make_api_roles();
  expect_done(assistant);
  BOOST_TEST(
    value("owner",
          "select has_table_privilege('service_role', 'public.flux_inboxes', 'insert')::text")
    == "true"); // the role came after the table
}

BOOST_AUTO_TEST_CASE(the_service_has_the_same_rights_when_its_role_comes_after_the_tables) {
  const std::vector<std::string> some{"migrate", "up", "--system", "messenger,integrations"};
  make_api_roles();
  made_by("");
  expect_done(some);
  auto before = rights_of_service();
  BOOST_TEST(before.find("nova.messenger_lanes SELECT") != std::string::npos, before);

  begin_again();
  made_by("");
  expect_done(some);
  make_api_roles();
  expect_done(up);
  BOOST_TEST(rights_of_service() == before);
}

BOOST_AUTO_TEST_CASE(where_nobody_gives_bypassrls_policies_name_the_service) {
  made_by("createrole");
  expect_done(all);
  admin.run("create role api login in role service_role, anon");
  as("owner", "insert into tenants (id, name, slug) values ('t', 'T', 't'); insert into "
              "flux_inboxes (email, grant_id) "
              "values ('a@example.org', 'g')");
  as("api", "set role service_role; insert into public.tenants (id, name, slug) values ('u', 'U', "
            "'u'); insert into "
            "public.messenger_transports (name, type) values ('x', 'sync'); insert into "
            "public.integration_configs (name, provider) "
            "values ('i', 'p'); insert into public.messenger_messages (type) values ('t')");
  for (const auto* query : {"select count(*)::text from public.tenants",
                            "select (count(*) + 1)::text from public.flux_inboxes"})
    BOOST_TEST(value("owner", query) == "2");
  pg::connection service{url("api")};
  service.run("set role service_role");
  BOOST_TEST(service.exec({"a", "select count(*) from public.tenants"}).value<int64_t>() == 2);
  BOOST_TEST(service.exec({"b", "select count(*) from public.flux_inboxes"}).value<int64_t>() == 1);
  BOOST_TEST(
    service.exec({"d", "select message_count from public.messenger_queue_depth"}).value<int64_t>()
    == 1);
  BOOST_TEST(
    value("owner",
          "select coalesce(string_agg(c.oid::regclass::text, ', '), '') from pg_class c "
          "where c.relrowsecurity and has_table_privilege('service_role', c.oid, 'select') "
          "and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname "
          "= 'nova_service_role')")
    == "");
  service.run("set role anon");
  BOOST_CHECK_THROW(service.exec({"c", "select count(*) from public.flux_inboxes"}), pg::error);
}

BOOST_AUTO_TEST_CASE(an_owner_like_supabases_gets_everything_and_browsers_nothing) {
  make_api_roles();
  made_by("createdb createrole bypassrls");
  as("postgres", "alter default privileges for role owner in schema public grant all on tables to "
                 "anon, authenticated");
  expect_done(all);
  BOOST_TEST(
    value("owner",
          "select count(*)::text from pg_class c where relnamespace = 'public'::regnamespace and "
          "relname ~ '^(flux|messenger|integration|queued)' and relkind in ('r', 'v') and "
          "has_table_privilege('anon', c.oid, 'select, insert, update, delete')")
    == "0");
}

BOOST_AUTO_TEST_CASE(where_half_of_the_files_were_pasted_the_other_half_follows) {
  made_by("");
  for (const auto& step : sql::migrations | std::views::take(20))
    as("owner", step.up);
  expect_done(up);
}

BOOST_AUTO_TEST_CASE(what_somebody_dropped_by_hand_is_named_and_comes_back) {
  made_by("");
  expect_done(up);
  as("owner", "drop table nova.mail_journal cascade; drop function public.queue_thread_sync");
  auto verified = run({"migrate", "verify"});
  BOOST_TEST(verified.code == 1);
  BOOST_TEST(verified.err.find("email/013_journal") != std::string::npos, verified.err);
  BOOST_TEST(run({"migrate", "status"}).out.find("missing") != std::string::npos);
  auto done = run(up);
  BOOST_TEST(done.code == 0, done.err);
  BOOST_TEST(done.out.find("brought back email/013_journal") != std::string::npos, done.out);
  expect_done(up);
}

BOOST_AUTO_TEST_CASE(a_database_without_a_migration_is_not_verified) {
  made_by("");
  auto verified = run({"migrate", "verify"});
  BOOST_TEST(verified.code == 1);
  BOOST_TEST(verified.err.find("email/001_email_tables: is not applied") != std::string::npos,
             verified.err);
}

BOOST_AUTO_TEST_CASE(two_deploys_at_once_do_it_once) {
  made_by("");
  std::latch together{2};
  outcome done[2];
  {
    std::vector<std::jthread> deploys;
    for (auto& one : done)
      deploys.emplace_back([&] {
        together.arrive_and_wait();
        one = run(up);
      });
  }
  BOOST_TEST(done[0].code == 0, done[0].err);
  BOOST_TEST(done[1].code == 0, done[1].err);
  BOOST_TEST((done[0].out.find("up to date") == std::string::npos)
             != (done[1].out.find("up to date") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_roles_search_path_changes_nothing) {
  made_by("");
  admin.run("alter role owner set search_path = nosuch");
  expect_done({"migrate", "up", "--system", "messenger,integrations"});
  for (const std::vector<std::string>& each : {std::vector<std::string>{"inbox", "list"},
                                               {"progress"},
                                               {"queue", "metrics"},
                                               {"threads", "failed"},
                                               {"webhooks", "list"},
                                               {"messenger", "stats"},
                                               {"sync", "history"},
                                               {"backfill", "status"}}) {
    auto done = run(each);
    BOOST_TEST(done.code == 0, done.err);
  }
}

BOOST_AUTO_TEST_CASE(a_command_says_what_is_missing_and_not_to_migrate_where_nothing_lacks) {
  made_by("");
  auto empty = run({"inbox", "list"});
  BOOST_TEST(empty.err.find("lacks the migration platform/001_nova_schema: run `nova migrate up`")
               != std::string::npos,
             empty.err);
  expect_done(up);
  as("owner", "drop table pgmq.q_thread_sync_jobs cascade");
  auto broken = run({"queue", "peek", "thread_sync_jobs"});
  BOOST_TEST(broken.code == 1);
  BOOST_TEST(broken.err.find("run `nova migrate up` (") == std::string::npos, broken.err);
}

BOOST_AUTO_TEST_CASE(who_may_make_no_schema_is_told_so) {
  admin.run("create role owner login");
  admin.run("create database shop");
  auto before = picture();
  auto refused = run(up);
  BOOST_TEST(refused.code == 1);
  BOOST_TEST(refused.err.find("permission denied for database shop") != std::string::npos,
             refused.err);
  BOOST_TEST(refused.err.find("nothing of this run stays") != std::string::npos, refused.err);
  BOOST_TEST(picture() == before);
}

BOOST_AUTO_TEST_SUITE_END()
