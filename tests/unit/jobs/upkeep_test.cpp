#include "jobs/upkeep.hpp"

#include "actors/database.hpp"
#include "pg/jobs/claim_upkeep_now.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/eventually.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace nova;
using namespace nova::jobs;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

/// The handler over a real database, on which it is only a role of nodes.
struct fixture : database_fixture {
  fixture() {
    conn.run("select nova.make_worker('nova_unit_worker'), nova.make_worker('nova_unit_other')");
    conn.run("insert into tenants (id, name, slug) values ('t', 't', 't');"
             "insert into users (id, tenant_id, email) values ('u', 't', 'u@example.com')");
    pool = system.spawn(nova::database, directory_slot{},
                        std::vector{spawn_database_worker(system, {as("nova_unit_worker"), true})},
                        database_limits{});
    needs.database = pool;
    needs.connection = {as("nova_unit_worker"), true, "nova/upkeep"};
    needs.means.export_directory = folder.path();
  }

  ~fixture() {
    caf::scoped_actor self{system};
    self->send_exit(pool, caf::exit_reason::user_shutdown);
    self->wait_for(pool);
    conn.run("drop owned by nova_unit_worker, nova_unit_other");
  }

  std::string as(const std::string& role) const {
    auto found = url();
    return found.replace(found.find("postgres@"), 8, role);
  }

  claimed_job claim(const std::string& task) {
    auto taken = perform(pg::claim_upkeep_now{task, "w"}).value();
    return {source::task, {}, 0, taken.token, taken.name, {}, {}, 0, 0, "{}", upkeep_body(taken)};
  }

  job_outcome run(const claimed_job& job) {
    caf::scoped_actor self{system};
    auto actor = upkeep_handler(needs).start(self.ptr(), directory_slot{});
    job_outcome answer;
    self->request(actor, 60s, job_batch{std::make_shared<const std::vector<claimed_job>>(1, job)})
      .receive([&](batch_outcome& all) { answer = all.outcomes.at(0); },
               [&](const caf::error& reason) { BOOST_ERROR(caf::to_string(reason)); });
    self->unlink_from(actor);
    self->send_exit(actor, caf::exit_reason::user_shutdown);
    self->wait_for(actor);
    return answer;
  }

  /// Of the last run in the history: outcome, rows, class, text.
  std::string ran(const std::string& task) {
    run(claim(task));
    return text("select concat_ws(' ', outcome, rows, error_class, error) from nova.upkeep_runs "
                "order by id desc limit 1");
  }

  std::string text(const char* sql) {
    auto name = names.try_emplace(sql, "test " + std::to_string(names.size())).first;
    auto answer = conn.exec(sql::statement{name->second.c_str(), sql});
    return std::get<0>(answer.one<std::optional<std::string>>()).value_or("");
  }

  test::temporary_folder folder;
  caf::actor_system_config config;
  caf::actor_system system{config};
  database_actor pool;
  upkeep_needs needs;
  std::map<std::string, std::string> names; // under which statements are prepared
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(upkeep_test, fixture)

BOOST_AUTO_TEST_CASE(a_built_in_task_is_done_and_due_again_by_its_rule) {
  needs.search_pause = 1h;

  auto outcome = run(claim("fill_search"));

  BOOST_TEST((outcome.what == verdict::done));
  BOOST_TEST(outcome.settled);
  BOOST_TEST(text("select concat_ws(' ', last_outcome, last_rows, worker is null, next_run_at > "
                  "now() + interval '59 minutes') from nova.upkeep_tasks where name = "
                  "'fill_search'")
             == "done 0 t t");
  BOOST_TEST(text("select count(*)::text from nova.upkeep_runs") == "0");
  for (const auto* task :
       {"prune", "reread", "messenger_rescue", "messenger_prune", "close_lost_syncs"})
    BOOST_TEST((run(claim(task)).what == verdict::done), task);
}

BOOST_AUTO_TEST_CASE(a_role_of_nodes_refreshes_analyzes_and_measures) {
  BOOST_TEST(ran("refresh_monthly_usage_summary") == "done 0");
  BOOST_TEST(ran("refresh_monthly_usage_summary")
             == "skipped 0 nothing has changed since the last refresh");
  BOOST_TEST(ran("analyze_messages") == "done 0");
  BOOST_TEST(ran("sizes").starts_with("done "));
  BOOST_TEST(text("select concat_ws(' ', rows > 20, bytes > 100000, jsonb_array_length(details), "
                  "details -> 0 ->> 'size' > '0') from nova.upkeep_runs where task = 'sizes'")
             == "t t 20 t");
}

BOOST_AUTO_TEST_CASE(vacuum_needs_the_owner) {
  BOOST_TEST(ran("vacuum_messages")
             == "skipped 0 needs the owner: NOVA_MAINTENANCE_URL is not set");
  needs.means.maintenance_url = as("nova_unit_other");
  BOOST_TEST(ran("vacuum_messages")
             == "failed 0 not_owner NOVA_MAINTENANCE_URL connects as nova_unit_other, which does "
                "not own the table messages");
  BOOST_TEST(text("select vacuum_count::text from pg_stat_all_tables where relname = 'messages'")
             == "0");
  needs.means.maintenance_url = url();
  BOOST_TEST(ran("vacuum_messages") == "done 0");
  BOOST_TEST(eventually([&] {
    return text("select vacuum_count::text from pg_stat_all_tables where relname = 'messages'")
           == "1";
  }));
  needs.means.maintenance_url = "host=/nowhere";
  BOOST_TEST(ran("vacuum_messages").starts_with("failed 0 lost "));
}

BOOST_AUTO_TEST_CASE(a_node_that_is_the_owner_needs_no_second_connection) {
  needs.connection.url = url();
  BOOST_TEST(ran("vacuum_feedback") == "done 0");
}

BOOST_AUTO_TEST_CASE(old_conversations_are_archived_in_batches_and_stay_where_they_are_in_lists) {
  conn.run("insert into conversations (id, tenant_id, user_id, updated_at) select 'c' || n, 't', "
           "'u', '2020-01-01' from generate_series(1, 2500) n");
  BOOST_TEST(ran("archive_conversations") == "done 2500");
  BOOST_TEST(text("select concat_ws(' ', count(*), min(updated_at), max(updated_at)) from "
                  "conversations where is_archived")
             == "2500 2020-01-01 00:00:00+00 2020-01-01 00:00:00+00");
}

BOOST_AUTO_TEST_CASE(usage_is_exported_and_then_deleted) {
  conn.run("insert into usage_metrics (tenant_id, user_id, date) values ('t', 'u', '2020-01-01')");
  BOOST_TEST(ran("retain_usage_metrics") == "done 0 not exported, so kept: 2020-01");
  BOOST_TEST(ran("export_usage_metrics") == "done 1");
  BOOST_TEST(text("select file from nova.upkeep_runs order by id desc limit 1")
             == "usage_metrics-2020-01.ndjson");
  BOOST_TEST(ran("retain_usage_metrics") == "done 1");
  BOOST_TEST(text("select count(*)::text from usage_metrics") == "0");
  needs.means.export_directory = folder.path() + "/gone";
  BOOST_TEST(ran("export_usage_metrics").starts_with("failed 0 export_directory "));
  needs.means.export_directory = "";
  BOOST_TEST(ran("export_usage_metrics") == "skipped 0 NOVA_EXPORT_DIR is not set");
  BOOST_TEST(ran("retain_usage_metrics") == "skipped 0 NOVA_EXPORT_DIR is not set");
}

BOOST_AUTO_TEST_CASE(old_history_is_forgotten) {
  conn.run("insert into nova.upkeep_runs (task, started_at, finished_at, outcome, worker) select "
           "'prune', '2020-01-01', '2020-01-01', 'done', 'w' from generate_series(1, 1500)");
  BOOST_TEST(ran("retain_upkeep_runs") == "done 1500");
  BOOST_TEST(text("select count(*)::text from nova.upkeep_runs where task = 'prune'") == "0");
}

BOOST_AUTO_TEST_CASE(a_claim_that_is_over_changes_nothing) {
  auto job = claim("sizes");
  conn.run("select nova.release_upkeep_of(array['w'])");
  auto outcome = run(job);
  BOOST_TEST((outcome.what == verdict::snooze));
  BOOST_TEST(outcome.settled);
  BOOST_TEST(text("select count(*)::text from nova.upkeep_runs where outcome = 'done'") == "0");
}

BOOST_AUTO_TEST_CASE(what_this_program_does_not_know_fails_and_says_so) {
  auto job = claim("sizes");
  job.body = "[]";
  BOOST_TEST(run(job).error_class == "bad_task");
  job = claim("sizes");
  job.body = R"({"kind": "polish"})";
  BOOST_TEST(run(job).text == "this program knows no upkeep of the kind 'polish'");
  job = claim("sizes");
  job.body = R"({"kind": "built_in"})";
  BOOST_TEST(run(job).text == "this program has no task sizes built in");
  BOOST_TEST(text("select attempts::text from nova.upkeep_tasks where name = 'sizes'") == "3");
}

BOOST_AUTO_TEST_CASE(a_database_that_cannot_be_reached_is_a_failure) {
  needs.connection.url = "host=/nowhere";
  BOOST_TEST(ran("sizes").starts_with("failed 0 lost "));
}

BOOST_AUTO_TEST_CASE(who_is_ended_has_its_statement_cancelled) {
  conn.run("insert into conversations (id, tenant_id, user_id, updated_at) values ('c', 't', 'u', "
           "'2020-01-01');"
           "create function public.slow() returns trigger language plpgsql as $$ begin perform "
           "pg_sleep(60); return new; end $$;"
           "create trigger slow before update on conversations for each row execute function "
           "public.slow()");
  caf::scoped_actor self{system};
  auto actor = upkeep_handler(needs).start(self.ptr(), directory_slot{});
  self->unlink_from(actor);
  self->send(actor, job_batch{std::make_shared<const std::vector<claimed_job>>(
                      1, claim("archive_conversations"))});
  constexpr auto busy = "select count(*)::text from pg_stat_activity where application_name = "
                        "'nova/upkeep' and datname = current_database() and wait_event = 'PgSleep'";
  BOOST_TEST(eventually([&] { return text(busy) == "1"; }));

  self->send_exit(actor, caf::exit_reason::kill);

  BOOST_TEST(eventually([&] { return text(busy) == "0"; }));
  BOOST_TEST(text("select count(*)::text from conversations where is_archived") == "0");
  BOOST_TEST(text("select worker from nova.upkeep_tasks where name = 'archive_conversations'")
             == "w");
}

BOOST_AUTO_TEST_SUITE_END()
