#include "actors/database.hpp"
#include "actors/database_worker.hpp"
#include "jobs/function_handler.hpp"
#include "jobs/job_claimer.hpp"
#include "jobs/schedules.hpp"
#include "jobs/sql_handler.hpp"
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
    std::vector<database_actor> workers;
    for (int i = 0; i < 2; ++i)
      workers.push_back(spawn_database_worker(system, {url(), true}, {}));
    pool = system.spawn(nova::database, directory_slot{}, std::move(workers), database_limits{});
    needs.database = pool;
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
    self->send_exit(pool, caf::exit_reason::user_shutdown);
    self->wait_for(pool);
  }

  void start() {
    auto claimer = system.spawn(job_claimer, directory_slot{}, needs, settings);
    actors.push_back(caf::actor_cast<caf::actor>(claimer));
  }

  std::string text(const char* sql) {
    auto name = names.try_emplace(sql, "test " + std::to_string(names.size())).first;
    auto answer = conn.exec(sql::statement{name->second.c_str(), sql});
    return std::get<0>(answer.one<std::optional<std::string>>()).value_or("");
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  database_actor pool;
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
