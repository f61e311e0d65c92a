#include "syncs/sync_handler.hpp"

#include "actors/database.hpp"
#include "jobs/job_claimer.hpp"
#include "pg/integrations/cancel_sync.hpp"
#include "tests/support/eventually.hpp"
#include "tests/unit/syncs/sync_fixture.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <vector>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

/// The engine with runs of syncs, over real databases.
struct fixture : sync_fixture {
  fixture() {
    std::vector<database_actor> workers;
    for (int i = 0; i < 2; ++i)
      workers.push_back(spawn_database_worker(system, {url(), true}, {}));
    pool = system.spawn(nova::database, directory_slot{}, std::move(workers), database_limits{});
    settings.poll = 100ms;
    settings.drain_limit = 300ms;
  }

  ~fixture() {
    end();
    caf::scoped_actor self{system};
    self->send_exit(pool, caf::exit_reason::user_shutdown);
    self->wait_for(pool);
  }

  void start() {
    jobs::job_claimer_needs needs{pool, nullptr};
    syncs::sync_needs runs{pool, {url(), true}, means};
    runs.look = 100ms;
    needs.syncs = syncs::sync_handler(runs);
    claimer = caf::actor_cast<caf::actor>(
      system.spawn(jobs::job_claimer, directory_slot{}, needs, settings));
  }

  void end() {
    if (!claimer)
      return;
    caf::scoped_actor self{system};
    self->send_exit(claimer, caf::exit_reason::user_shutdown);
    self->wait_for(claimer);
    claimer = nullptr;
  }

  std::string history() {
    return text(
      "select coalesce(string_agg(concat_ws(' ', status, error_class, triggered_by), ', ' "
      "order by created_at), '') from integration_sync_history");
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  database_actor pool;
  jobs::job_claimer_settings settings;
  caf::actor claimer;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sync_handler_test, fixture)

BOOST_AUTO_TEST_CASE(a_sync_runs_by_itself_when_it_is_due) {
  both("create table t (id bigint primary key)");
  source.run("insert into t select generate_series(1, 10)");
  start();
  configure(", every", ", '1 second'");
  BOOST_TEST(eventually([&] { return equal(); }));
  source.run("insert into t values (11)");
  BOOST_TEST(eventually([&] { return equal(); }));
  BOOST_TEST(
    eventually([&] { return history().starts_with("succeeded schedule, succeeded schedule"); }));
}

BOOST_AUTO_TEST_CASE(a_run_that_fails_is_tried_again_with_the_pauses_of_its_configuration) {
  source.run("create table t (id bigint primary key); insert into t values (1)");
  configure(", retry_base, retry_max", ", '0.2 seconds', '0.3 seconds'");
  start();
  text("select nova.ask_sync('00000000-0000-0000-0000-0000000000a1', 'manual')::text");
  BOOST_TEST(
    eventually([&] { return history().starts_with("failed schema manual, failed schema retry"); }));
  conn.run("create table t (id bigint primary key)");
  BOOST_TEST(eventually([&] { return equal(); }));
  BOOST_TEST(eventually([&] { return history().ends_with("succeeded retry"); }));
}

BOOST_AUTO_TEST_CASE(a_cancelled_run_that_waits_for_its_source_ends) {
  both("create table t (id bigint primary key)");
  configure("", "");
  pg::connection lock{other.url()};
  lock.run("begin; lock table t in access exclusive mode");
  start();
  auto run = text("select nova.ask_sync('00000000-0000-0000-0000-0000000000a1', 'manual')::text");
  pg::connection look{other.url()};
  BOOST_TEST(eventually(
    [&] { return text_of(look, "select count(*)::text from pg_locks where not granted") == "1"; }));
  BOOST_TEST(perform(pg::cancel_sync{run}) == "asked");
  BOOST_TEST(eventually([&] { return history() == "cancelled manual"; }));
}

BOOST_AUTO_TEST_CASE(a_drain_gives_a_run_back_without_an_attempt) {
  both("create table t (id bigint primary key)");
  source.run("insert into t values (1)");
  configure("", "");
  pg::connection lock{other.url()};
  lock.run("begin; lock table t in access exclusive mode");
  start();
  text("select nova.ask_sync('00000000-0000-0000-0000-0000000000a1', 'manual')::text");
  pg::connection look{other.url()};
  BOOST_TEST(eventually(
    [&] { return text_of(look, "select count(*)::text from pg_locks where not granted") == "1"; }));
  end();
  BOOST_TEST(history() == "pending manual");
  lock.run("commit");
  start();
  BOOST_TEST(eventually([&] { return history() == "succeeded manual"; }));
  BOOST_TEST(equal());
}

BOOST_AUTO_TEST_CASE(a_node_has_so_many_at_one_time) {
  both("create table t (id bigint primary key)");
  configure("", "");
  conn.run(
    "insert into integration_sync_configs (integration_id, stream, settings) select id, 's' || "
    "n, '{\"table\": \"t\"}' from integration_configs, generate_series(1, 5) n");
  pg::connection lock{other.url()};
  lock.run("begin; lock table t in access exclusive mode");
  settings.syncs_max = 2;
  start();
  text("select count(nova.ask_sync(id, 'manual'))::text from integration_sync_configs");
  BOOST_TEST(eventually([&] {
    return text("select count(*)::text from integration_sync_history where status = 'running'")
           == "2";
  }));
  lock.run("commit");
  BOOST_TEST(eventually([&] {
    return text("select count(*)::text from integration_sync_history where status = 'succeeded'")
           == "6";
  }));
}

BOOST_AUTO_TEST_SUITE_END()
