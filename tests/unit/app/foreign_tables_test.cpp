#include "app/program.hpp"
#include "schema/migrations.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <sstream>

using namespace nova;

namespace {

struct fixture : test::empty_database_fixture {
  struct outcome {
    int code = 0;
    std::string out, err;
  };

  outcome run(const std::vector<std::string>& arguments) {
    std::ostringstream out, err;
    auto code =
      app::run_program(arguments, {{"DATABASE_URL", url()}, {"LOG_LEVEL", "off"}}, out, err);
    return {code, out.str(), err.str()};
  }

  outcome up() {
    return run({"migrate", "up", "--system", "all"});
  }

  outcome down() {
    return run({"migrate", "down", "--all", "--yes"});
  }

  template <class T>
  T value(const char* query) {
    // A name of its own: the connection prepares by name.
    names.push_back("value_" + std::to_string(names.size()));
    return conn.exec(sql::statement{names.back().c_str(), query}).template value<T>();
  }

  std::deque<std::string> names;
};

constexpr const char* an_application = R"sql(
  create table todos (id int primary key, updated_at timestamptz, version int default 0);
  create function update_updated_at_column() returns trigger language plpgsql
    as $$ begin new.version := old.version + 1; return new; end $$;
  create trigger touch before update on todos for each row execute function update_updated_at_column();
  insert into todos values (1, now(), 0);
  create table messages (id bigserial primary key, body text);
  create view queued_threads as select 'a' as name;
  create function flux_pgmq_send(queue_name text, message jsonb, delay_seconds integer default 0) returns bigint
    language sql as 'select 188::bigint';
)sql";

} // namespace

BOOST_FIXTURE_TEST_SUITE(foreign_tables_test, fixture)

BOOST_AUTO_TEST_CASE(what_an_application_has_is_not_replaced) {
  conn.run(an_application);

  auto refused = up();

  BOOST_TEST(refused.code == 1);
  for (const auto* taken : {"function public.update_updated_at_column()", "table public.messages",
                            "view public.queued_threads", "function public.flux_pgmq_send("})
    BOOST_TEST(refused.err.find(taken) != std::string::npos, refused.err);
  BOOST_TEST(refused.err.find("Rename") != std::string::npos, refused.err);
  BOOST_TEST(!value<bool>("select to_regnamespace('nova') is not null"));
  conn.run("update todos set id = 2");
  BOOST_TEST(value<int32_t>("select version from todos") == 1);
}

BOOST_AUTO_TEST_CASE(the_node_services_database_is_told_the_way_in) {
  conn.run("create table flux_inboxes (id uuid primary key, email_address text)");

  auto refused = up();

  BOOST_TEST(refused.code == 1);
  BOOST_TEST(refused.err.find("nova adopt") != std::string::npos, refused.err);
  BOOST_TEST(!value<bool>("select to_regnamespace('nova') is not null"));
}

BOOST_AUTO_TEST_CASE(what_took_the_place_of_an_own_table_is_not_dropped) {
  BOOST_TEST(up().code == 0);
  conn.run(
    "drop table feedback cascade; create table feedback (id int); insert into feedback values (1)");

  auto refused = down();

  BOOST_TEST(refused.code == 1);
  BOOST_TEST(refused.err.find("table public.feedback") != std::string::npos, refused.err);
  BOOST_TEST(value<int64_t>("select count(*) from feedback") == 1);
  BOOST_TEST(value<bool>("select to_regclass('usage_metrics') is not null"));
}

BOOST_AUTO_TEST_CASE(files_that_were_pasted_by_hand_are_taken_over) {
  for (const auto& step : sql::migrations)
    conn.run(step.up);

  auto done = up();

  BOOST_TEST(done.code == 0, done.err);
  BOOST_TEST(run({"migrate", "verify"}).code == 0);
  auto undone = down();
  BOOST_TEST(undone.code == 0, undone.err);
  BOOST_TEST(
    value<int64_t>("select count(*) from pg_class where relnamespace = 'public'::regnamespace")
    == 0);
}

BOOST_AUTO_TEST_CASE(tenants_and_users_of_the_application_are_used_as_they_are) {
  conn.run(R"sql(
    create table tenants (id uuid primary key default gen_random_uuid(), name text not null, slug text unique not null);
    create table users (id uuid primary key, tenant_id uuid references tenants, email text unique not null, name text);
    insert into tenants (id, name, slug) values ('7f7eb739-54d4-41c5-ba82-16e8b5adfc7e', 'One', 'one');
    insert into users (id, tenant_id, email) values ('00000000-0000-4000-8000-000000000001', '7f7eb739-54d4-41c5-ba82-16e8b5adfc7e', 'a@example.org');
    grant select on users to public;
  )sql");

  auto done = up();

  BOOST_TEST(done.code == 0, done.err);
  BOOST_TEST(!value<bool>(
    "select bool_or(relrowsecurity) from pg_class where relname in ('tenants', 'users')"));
  BOOST_TEST(value<int64_t>("select count(*) from pg_attribute a join pg_class c on c.oid = "
                            "attrelid where relname = 'users' and attnum > 0")
             == 4);
  conn.run(R"sql(
    insert into conversations (id, tenant_id, user_id) select 'c', tenant_id, id from users;
    insert into messages (id, conversation_id, role, content) values ('m', 'c', 'user', 'hello');
    insert into feedback (message_id, user_id, rating) select 'm', id, 1 from users;
    select increment_usage_metrics(tenant_id, id, current_date, 1, 2, 3) from users;
    set request.jwt.claim.sub = '00000000-0000-4000-8000-000000000001';
    set role authenticated;
  )sql");
  BOOST_TEST(value<int64_t>("select count(*) from messages") == 1);
  conn.run("set request.jwt.claim.sub = '00000000-0000-4000-8000-000000000002'");
  BOOST_TEST(value<int64_t>("select count(*) from conversations") == 0);
  conn.run("reset role");
  BOOST_TEST(run({"assistant", "report", "usage", "--tenant", "one"}).code == 0);

  BOOST_TEST(down().code == 0);
  BOOST_TEST(value<int64_t>("select count(*) from users") == 1);
}

BOOST_AUTO_TEST_CASE(columns_that_are_missing_are_named) {
  conn.run("create table users (id uuid primary key, full_name text); create table "
           "integration_configs (id uuid, name text)");

  auto refused = up();

  BOOST_TEST(refused.code == 1);
  for (const auto* missing :
       {"public.users of role postgres, which is used as it is but lacks the columns tenant_id",
        "public.tenants, which is missing beside your own public.users",
        "public.integration_configs of role postgres, which is used as it is but lacks the columns "
        "is_active"})
    BOOST_TEST(refused.err.find(missing) != std::string::npos, refused.err);
  BOOST_TEST(!value<bool>("select to_regnamespace('nova') is not null"));
}

BOOST_AUTO_TEST_CASE(integration_tables_get_columns_and_no_index) {
  conn.run(R"sql(
    create table integration_configs (id uuid primary key, name text, is_active boolean default true);
    create table integration_sync_configs (id uuid primary key, integration_id uuid references integration_configs, stream text, is_active boolean default true,
      watermark_type text default 'text', consecutive_failures integer default 0, outage_started_at timestamptz, disabled_reason text, updated_at timestamptz);
    create table integration_sync_history (id uuid primary key default gen_random_uuid(), sync_config_id uuid references integration_sync_configs, status text,
      triggered_by text, records_read bigint default 0, records_written bigint default 0, records_failed bigint default 0, error_message text,
      claimed_by text, claim_token bigint, lease_until timestamptz, created_at timestamptz default now(), started_at timestamptz, finished_at timestamptz);
    create temp table before as select indexrelid from pg_index;
  )sql");

  auto done = up();

  BOOST_TEST(done.code == 0, done.err);
  BOOST_TEST(run({"migrate", "verify"}).code == 0);
  BOOST_TEST(
    value<int64_t>("select count(*) from pg_index where indrelid::regclass::text ~ "
                   "'^integration_(sync_)?(configs|history)' and indexrelid not in (table before)")
    == 0);
  BOOST_TEST(value<int64_t>("select count(*) from pg_attribute where attrelid = "
                            "'integration_configs'::regclass and attnum > 0")
             == 10); // of the document, and what nodes read to run a sync
  conn.run(R"sql(
    insert into integration_configs (id, name) values ('7f7eb739-54d4-41c5-ba82-16e8b5adfc7e', 'i');
    insert into integration_sync_configs (id, integration_id, stream) values ('7f7eb739-54d4-41c5-ba82-16e8b5adfc7e', '7f7eb739-54d4-41c5-ba82-16e8b5adfc7e', 's');
    select nova.start_sync('7f7eb739-54d4-41c5-ba82-16e8b5adfc7e', 'w', '5 minutes');
  )sql");
  BOOST_TEST(down().code == 0);
  BOOST_TEST(value<int64_t>("select count(*) from integration_sync_history") == 1);
}

BOOST_AUTO_TEST_SUITE_END()
