#include "actors/database.hpp"
#include "actors/database_worker.hpp"
#include "jobs/function_handler.hpp"
#include "jobs/job_claimer.hpp"
#include "jobs/schedules.hpp"
#include "jobs/sql_handler.hpp"
#include "pg/jobs/hold_permits.hpp"
#include "pg/jobs/take_permits.hpp"
#include "pg/messenger/messenger_next_due.hpp"
#include "pg/messenger/messenger_next_slot.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/eventually.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace nova;
using namespace nova::jobs;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

/// The engine over a real database, without a node around it.
struct fixture : database_fixture {
  fixture() {
    needs.database = pool = start_pool(url());
    settings.poll = 100ms;
    auto counting = function_handler(
      [this](const std::vector<claimed_job>& some) {
        std::vector<job_outcome> outcomes;
        for (const auto& job : some) {
          seen.fetch_add(1);
          outcomes.push_back(job.body.find("odd") != std::string::npos
                               ? job_outcome{verdict::fail, "odd", "an odd row"}
                               : job_outcome{});
        }
        return outcomes;
      },
      10);
    needs.built_in.add("count", counting);
    needs.makers["sql"] = [this](const pg::set_handler& row) { return sql_handler(row, pool); };
  }

  ~fixture() {
    caf::scoped_actor self{system};
    for (const auto& actor : actors)
      self->send_exit(actor, caf::exit_reason::user_shutdown);
    self->wait_for(actors);
    for (const auto& one : pools) {
      self->send_exit(one, caf::exit_reason::user_shutdown);
      self->wait_for(one);
    }
  }

  database_actor start_pool(const std::string& where, int connections = 2) {
    std::vector<database_actor> workers;
    for (int i = 0; i < connections; ++i)
      workers.push_back(spawn_database_worker(system, {where, true}, {}));
    pools.push_back(
      system.spawn(nova::database, directory_slot{}, std::move(workers), database_limits{}));
    return pools.back();
  }

  void start() {
    auto claimer = system.spawn(job_claimer, directory_slot{}, needs, settings);
    actors.push_back(caf::actor_cast<caf::actor>(claimer));
  }

  /// Of the type `limited`: notes when it began and ended.
  void handler_with(const std::string& config, const std::string& columns,
                    const std::string& values) {
    conn.run(
      "do $$ begin create role clerk; exception when duplicate_object then null; end $$;"
      "create schema work; grant usage on schema work to clerk;"
      "create table work.ledger (id bigint, tenant text, began timestamptz, ended timestamptz);"
      "grant insert on work.ledger to clerk;"
      "create function work.note(job jsonb) returns void language plpgsql as $$ declare"
      "  began timestamptz := clock_timestamp(); begin"
      "  if (job #>> '{body,bad}') is not null then raise exception 'no'; end if;"
      "  perform pg_sleep(0.1);"
      "  insert into work.ledger values ((job ->> 'id')::bigint, job ->> 'tenant', began,"
      "    clock_timestamp()); end $$;");
    conn.run(("insert into nova.messenger_handlers (type, kind, config, " + columns
              + ") values ('limited', 'sql', " + config + ", " + values + ")")
               .c_str());
    needs.makers["sql"] = [this, functions = start_pool(url(), 6)](const pg::set_handler& row) {
      return sql_handler(row, functions);
    };
  }

  std::string text(const char* sql) {
    auto name = names.try_emplace(sql, "test " + std::to_string(names.size())).first;
    auto answer = conn.exec(sql::statement{name->second.c_str(), sql});
    return std::get<0>(answer.one<std::optional<std::string>>()).value_or("");
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  database_actor pool;
  std::vector<database_actor> pools;
  job_claimer_needs needs;
  job_claimer_settings settings;
  std::vector<caf::actor> actors;
  std::atomic<int> seen{0};
  std::map<std::string, std::string> names; // under which statements are prepared
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(job_engine_test, fixture)

BOOST_AUTO_TEST_CASE(a_thousand_messages_are_done_once_each_and_the_odd_ones_are_kept) {
  conn.run("select count(*) from generate_series(1, 1000) n, lateral messenger_send('count', "
           "case when n % 100 = 0 then '{\"odd\": 1}' else '{}' end::jsonb)");
  start();
  BOOST_TEST(
    eventually([&] { return text("select count(*)::text from messenger_messages") == "0"; }));
  BOOST_TEST(seen.load() == 1000);
  BOOST_TEST(text("select count(*) || ' ' || min(error_class) from messenger_failed_messages")
             == "10 odd");
}

BOOST_AUTO_TEST_CASE(nothing_waits_for_its_time_and_something_does) {
  BOOST_TEST(!perform(pg::messenger_next_due{}).has_value());
  BOOST_TEST(!perform(pg::messenger_next_slot{}).has_value());
  conn.run("select messenger_send('count', '{}', p_delay => '10 seconds')");
  auto in = perform(pg::messenger_next_due{});
  BOOST_REQUIRE(in.has_value());
  BOOST_TEST(in->count() > 9'000);
  BOOST_TEST(in->count() <= 10'000);
}

BOOST_AUTO_TEST_CASE(a_node_that_runs_as_the_worker_role_does_all_of_it) {
  conn.run("select nova.make_worker('engine_worker'); select pgmq.create('orders');"
           "select pgmq.send('orders', '{}'); select messenger_send('count', '{\"odd\": 1}');"
           "select messenger_send('count', '{}', p_delay => '200 milliseconds');"
           "insert into nova.messenger_handlers (queue, kind, config) values ('orders', 'sql', "
           "'{\"function\": \"work.gone\", \"role\": \"clerk\"}')");
  conn.run("select nova.grant_workers()"); // as `nova migrate up` does
  needs.database = pool = start_pool(url() + "&user=engine_worker");
  settings.tries_max = 1;
  auto runs = system.spawn(schedules, directory_slot{}, pool, schedules_settings{200ms, 100ms});
  actors.push_back(caf::actor_cast<caf::actor>(runs));
  conn.run("insert into messenger_schedules (name, kind, every, type) values ('often', "
           "'interval', '1 second', 'count')");
  start();
  BOOST_TEST(eventually([&] { return seen.load() >= 3; }));
  BOOST_TEST(text("select count(*)::text from messenger_failed_messages") == "1");
  BOOST_TEST(eventually([&] { return text("select count(*)::text from pgmq.a_orders") == "1"; }));
  // A claim that ended without a word, on a node that is declared dead by another.
  conn.run("select nova.register_node('a', '{jobs}', '1'); select messenger_send('other', '{}', "
           "p_transport => 'other');"
           "select messenger_claim('other', null, 'node/' || n.epoch) from nova.cluster_nodes n;"
           "set role engine_worker; select nova.end_node(n.id, 'dead', null, 'test') from "
           "nova.cluster_nodes n; reset role");
  BOOST_TEST(text("select string_agg(status || ' ' || crashes, '') from messenger_messages "
                  "where transport = 'other'")
             == "pending 1");
  conn.run("drop owned by engine_worker");
}

BOOST_AUTO_TEST_CASE(no_more_jobs_of_a_tenant_run_than_its_limit_on_two_claimers) {
  handler_with("'{\"function\": \"work.note\", \"role\": \"clerk\"}'", "limit_key, limit_running",
               "'tenant', 2");
  conn.run("select count(*) from generate_series(1, 24) n, lateral messenger_send('limited', "
           "jsonb_build_object('n', n), p_tenant_id => 't' || n % 2)");
  start();
  settings.worker = "other";
  start();
  BOOST_TEST(eventually([&] { return text("select count(*)::text from work.ledger") == "24"; }));
  // What ran when a job began, itself among them; each took a tenth of a second.
  auto most =
    text("select max(n)::text from (select count(*) n from work.ledger a join work.ledger b"
         " on b.tenant = a.tenant and b.began <= a.began and b.ended > a.began group by a.id) x");
  BOOST_TEST(most == "2");
  BOOST_TEST(text("select count(distinct tenant)::text from work.ledger") == "2");
  BOOST_TEST(
    eventually([&] { return text("select count(*)::text from nova.job_permits") == "0"; }));
  BOOST_TEST(text("select count(*)::text from messenger_failed_messages") == "0");
}

BOOST_AUTO_TEST_CASE(a_permit_ends_with_the_lease_of_its_job) {
  handler_with("'{\"function\": \"work.note\", \"role\": \"clerk\"}'", "limit_key, limit_running",
               "'all', 1");
  auto take = [&](const char* job) {
    return perform(pg::take_permits{"w", 1, {""}, {job}, 300ms}).at(0);
  };
  BOOST_TEST((take("message 1") == 0ms));
  BOOST_TEST((take("message 2") > 0ms));
  // The worker holds what it has in hand; message 1 was taken away from it.
  BOOST_TEST(perform(pg::hold_permits{"w", {"message 2"}, 1min}) == 0u);
  BOOST_TEST(eventually([&] { return take("message 3") == 0ms; }, 10s));
  BOOST_TEST(perform(pg::hold_permits{"w", {"message 3"}, 1min}) == 1u);
}

BOOST_AUTO_TEST_CASE(jobs_of_a_key_begin_at_its_rate) {
  handler_with("'{\"function\": \"work.note\", \"role\": \"clerk\"}'",
               "limit_key, limit_rate, limit_per", "'/body/account', 5, '1 second'");
  conn.run("select count(*) from generate_series(1, 15) n, lateral messenger_send('limited', "
           "jsonb_build_object('n', n, 'account', 7))");
  start();
  BOOST_TEST(eventually([&] { return text("select count(*)::text from work.ledger") == "15"; }));
  // Five at once, then one in a fifth of a second.
  BOOST_TEST(
    std::stod(text("select extract(epoch from max(began) - min(began))::text from work.ledger"))
    > 1.7);
  BOOST_TEST(
    text("select max(n)::text from (select count(*) n from work.ledger a join work.ledger b on"
         " b.began >= a.began and b.began < a.began + interval '0.9 seconds' group by a.id) x")
    <= "9");
}

BOOST_AUTO_TEST_CASE(a_key_that_fails_in_a_row_is_stopped_and_the_others_go_on) {
  handler_with("'{\"function\": \"work.note\", \"role\": \"clerk\"}'",
               "limit_key, breaker_failures, breaker_pause", "'tenant', 2, '1 hour'");
  conn.run("select count(*) from generate_series(1, 20) n, lateral messenger_send('limited', "
           "jsonb_build_object('n', n, 'bad', true), p_tenant_id => 'bad');"
           "select count(*) from generate_series(1, 5) n, lateral messenger_send('limited', "
           "jsonb_build_object('n', n), p_tenant_id => 'good')");
  settings.window = 2;
  settings.refill = 1;
  start();
  BOOST_TEST(eventually([&] { return text("select count(*)::text from work.ledger") == "5"; }));
  BOOST_TEST(eventually([&] {
    return text("select (open_until > now() + interval '50 minutes')::text from nova.job_keys "
                "where key = 'bad'")
           == "true";
  }));
  BOOST_TEST(std::stoi(text("select sum(attempts)::text from messenger_messages")) <= 4);
}

BOOST_AUTO_TEST_CASE(two_claimers_share_what_is_there) {
  conn.run("select count(*) from generate_series(1, 2000) n, lateral messenger_send('count', "
           "jsonb_build_object('n', n))");
  start();
  settings.worker = "other";
  start();
  BOOST_TEST(
    eventually([&] { return text("select count(*)::text from messenger_messages") == "0"; }));
  BOOST_TEST(seen.load() == 2000);
}

BOOST_AUTO_TEST_CASE(a_queue_that_pushes_calls_its_function_once_a_message) {
  conn.run("select pgmq.create('orders');"
           "create schema work; create table work.ledger (id bigint);"
           "create function work.book(job jsonb) returns void language sql as "
           "$$ insert into work.ledger values ((job -> 'body' ->> 'n')::bigint) $$;"
           "do $$ begin create role clerk; exception when duplicate_object then null; end $$;"
           "grant usage on schema work to clerk; grant insert on work.ledger to clerk;"
           "insert into nova.messenger_handlers (queue, kind, config) values ('orders', 'sql', "
           "'{\"function\": \"work.book\", \"role\": \"clerk\"}');"
           "select count(*) from generate_series(1, 50) n, lateral pgmq.send('orders', "
           "jsonb_build_object('n', n))");
  start();
  BOOST_TEST(eventually([&] {
    return text("select count(distinct id) || ' ' || count(*) from work.ledger") == "50 50";
  }));
  BOOST_TEST(text("select count(*)::text from pgmq.q_orders") == "0");
  conn.run("drop owned by clerk");
}

BOOST_AUTO_TEST_CASE(without_the_messenger_queues_still_push) {
  conn.run("drop function public.messenger_prune(integer)"); // what says that it is there
  conn.run("select pgmq.create('orders'); select pgmq.send('orders', '{}');"
           "insert into nova.messenger_handlers (queue, kind, config) values ('orders', 'sql', "
           "'{\"function\": \"work.gone\", \"role\": \"clerk\"}')");
  settings.tries_max = 1;
  start();
  BOOST_TEST(eventually([&] { return text("select count(*)::text from pgmq.a_orders") == "1"; }));
  BOOST_TEST(text("select headers ->> 'nova_reason' from pgmq.a_orders").find("work.gone")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_schedule_is_run_at_its_slot_and_an_edit_is_followed) {
  auto runs = system.spawn(schedules, directory_slot{}, pool, schedules_settings{200ms, 100ms});
  actors.push_back(caf::actor_cast<caf::actor>(runs));
  start();
  conn.run("insert into messenger_schedules (name, kind, every, type) values ('often', 'interval', "
           "'1 second', 'count')");
  BOOST_TEST(eventually([&] { return seen.load() >= 2; }));
  BOOST_TEST(text("select (runs >= 2 and last_error is null)::text from messenger_schedules")
             == "true");
}

BOOST_AUTO_TEST_SUITE_END()
