#include "pg/cluster/live_settings.hpp"
#include "tests/integration/shell/shell_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;
using base::exit_code;

namespace {

struct fixture : test::shell_fixture {
  fixture() {
    start();
  }

  explicit fixture(discovery_strategy strategy) {
    auto how = inspected();
    how.backfills.backfill.strategy = strategy;
    start(std::move(how));
  }

  uint64_t recorded(const std::string& action) {
    const sql::statement count{"count_actions",
                               "select count(*) from nova.operator_actions where action = $1"};
    return conn.exec(count, action).value<uint64_t>();
  }

  shell::reply act(const std::string& order) {
    return shell::client{{socket(), "admin", "", ""}}.act(order);
  }

  std::string state_of(const std::string& actor) {
    return run("ps " + actor + " --columns state --no-headers").out;
  }
};

/// Each thread is work of its own, so that a backfill cannot end while threads are paused: a
/// listing by messages brings the mail itself.
struct listing_by_threads : fixture {
  listing_by_threads() : fixture(discovery_strategy::threads) {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(act_test, fixture)

BOOST_AUTO_TEST_CASE(who_only_looks_changes_nothing) {
  auto seen = run("pause threads --yes");

  BOOST_TEST(seen.how == exit_code::denied);
  BOOST_TEST(pg::live_settings{}.run(conn).empty());
  BOOST_TEST(run("kill n1/mail_store --yes", "operate").how == exit_code::denied);
}

BOOST_AUTO_TEST_CASE(without_yes_and_without_a_terminal_nothing_is_done) {
  auto seen = run("pause threads", "operate");

  BOOST_TEST_INFO(seen.out << seen.err);
  BOOST_TEST(seen.how == exit_code::usage);
  BOOST_TEST_INFO(seen.out << seen.err);
  BOOST_TEST(seen.says("will: no node takes new work of threads"));
  BOOST_TEST(pg::live_settings{}.run(conn).empty());
}

BOOST_AUTO_TEST_CASE(a_dry_run_says_what_it_would_do) {
  auto seen = run("pause queue:inbox_backfill_jobs --dry-run");

  BOOST_TEST(seen.how == exit_code::done);
  BOOST_TEST(seen.says("would: no node takes new work of queue:inbox_backfill_jobs"));
  BOOST_TEST(pg::live_settings{}.run(conn).empty());
}

BOOST_AUTO_TEST_CASE(a_paused_queue_is_not_read_until_it_is_resumed) {
  BOOST_TEST(run("pause queue:inbox_backfill_jobs --reason quota --yes", "operate").how
             == exit_code::done);
  auto config = start_backfill(add_inbox());

  BOOST_TEST(run("queues inbox_backfill_jobs").says("paused"));
  BOOST_TEST(run("audit").says("quota"));
  BOOST_TEST(!test::eventually([&] { return backfill_status(config) != "pending"; }, 1s));

  BOOST_TEST(run("resume queue:inbox_backfill_jobs --yes", "operate").how == exit_code::done);
  BOOST_TEST(test::eventually([&] { return backfill_status(config) == "completed"; }));
  BOOST_TEST(recorded("pause") == 1u);
  BOOST_TEST(recorded("resume") == 1u);
}

BOOST_AUTO_TEST_CASE(a_pause_for_a_time_ends_without_anybody) {
  BOOST_TEST(run("pause threads --for 1s --yes", "operate").how == exit_code::done);
  BOOST_TEST(pg::live_settings{}.run(conn).size() == 1u);
  BOOST_TEST(test::eventually([&] { return pg::live_settings{}.run(conn).empty(); }, 20s));
}

BOOST_AUTO_TEST_CASE(a_suspended_actor_keeps_its_messages_until_it_is_woken) {
  BOOST_TEST(run("suspend n1/backfills --yes", "operate").how == exit_code::done);
  BOOST_TEST(test::eventually([&] { return state_of("backfills") == "suspended\n"; }));
  auto config = start_backfill(add_inbox());

  BOOST_TEST(test::eventually(
    [&] { return run("ps backfills --where mailbox>0").how == exit_code::done; }, 20s));
  BOOST_TEST(run("why n1/backfills").says("an operator suspended it"));

  BOOST_TEST(run("wake n1/backfills --yes", "operate").how == exit_code::done);
  BOOST_TEST(test::eventually([&] { return backfill_status(config) == "completed"; }));
}

BOOST_AUTO_TEST_CASE(a_restart_is_done_by_the_supervisor) {
  BOOST_TEST(run("restart n1/mail_store --yes", "operate").how == exit_code::done);
  BOOST_TEST(test::eventually(
    [&] { return run("ps mail_store --where restarts=1").how == exit_code::done; }));
  BOOST_TEST(recorded("restart") == 1u);
}

BOOST_AUTO_TEST_CASE(a_killed_actor_is_started_again_and_recorded) {
  BOOST_TEST(run("kill n1/reconcile --yes", "admin").how == exit_code::done);
  BOOST_TEST(test::eventually(
    [&] { return run("ps reconcile --where restarts=1").how == exit_code::done; }));
  BOOST_TEST(test::eventually([&] { return run("crashes").says("killed by"); }));
}

BOOST_AUTO_TEST_CASE(settings_reach_the_node_and_go_back) {
  BOOST_TEST(run("set concurrency=7 pace=200ms --yes", "operate").how == exit_code::done);
  BOOST_TEST(run("settings").says("threads.window"));
  BOOST_TEST(run("log level ThreadSync=debug --for 10m --yes", "operate").how == exit_code::done);
  BOOST_TEST(run("settings log.level").says("ThreadSync"));
  BOOST_TEST(run("unset concurrency pace --yes", "operate").how == exit_code::done);
  BOOST_TEST(run("settings threads").how == exit_code::nothing);
  BOOST_TEST(run("set colour=red --yes", "operate").how == exit_code::usage);
}

BOOST_AUTO_TEST_CASE(work_that_was_given_up_is_chosen_by_a_condition) {
  const sql::statement give_up{
    "give_up", "insert into flux_webhook_notifications (notification_id, notification_type, "
               "payload, status, error_message) select 'n' || i, 'message.created', '{}', 'error', "
               "case when i < 3 then 'HTTP 429' else 'broken' end from generate_series(1, 4) i"};
  conn.exec(give_up);

  auto seen = run("retry --where 'kind=notification and reason~429' --dry-run");
  BOOST_TEST(seen.says("would retry 2 of 4"));
  BOOST_TEST(run("retry --where 'reason~nowhere' --yes", "operate").how == exit_code::nothing);
  BOOST_TEST(run("retry --where 'kind=notification and reason~429' --yes", "operate").how
             == exit_code::done);
  BOOST_TEST(test::eventually([&] { return run("audit").says("notification:n1"); }));
}

BOOST_FIXTURE_TEST_CASE(a_backfill_is_paused_resumed_and_cancelled, listing_by_threads) {
  BOOST_TEST(run("pause threads --yes", "operate").how == exit_code::done);
  auto config = start_backfill(add_inbox());
  auto target = "backfill:" + config;

  BOOST_TEST(test::eventually([&] { return backfill_status(config) == "thread_sync"; }));
  BOOST_TEST(run("pause " + target + " --yes", "operate").how == exit_code::done);
  BOOST_TEST(backfill_status(config) == "paused");
  BOOST_TEST(run("resume " + target + " --yes", "operate").how == exit_code::done);
  BOOST_TEST(run("cancel --where state=thread_sync --yes", "operate").how == exit_code::done);
  BOOST_TEST(backfill_status(config) == "cancelled");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_recorded_is_refused_before_anything) {
  BOOST_TEST(run("pause threads --yes", "operate").how == exit_code::done);
  for (const std::string order :
       {R"({"action":"resume","target":"threads","reason":"x\u0000"})",
        R"({"action":"kill","target":"n1/mail_store","reason":"hidden\u0000"})",
        "{\"action\":\"restart\",\"target\":\"n1/mail_store\",\"reason\":\"hidden\xff\"}",
        "{\"action\":\"kill\",\"target\":\"n1/mail_store\",\"reason\":\"\xc0\x80\"}"}) {
    BOOST_TEST(act(order).status == 400, order);
  }
  BOOST_TEST(
    act(R"({"action":"kill","target":"n1/mail_store","reason":")" + std::string(5000, 'x') + "\"}")
      .status
    == 400);

  BOOST_TEST(pg::live_settings{}.run(conn).size() == 1u);
  BOOST_TEST(run("ps mail_store --where restarts=0").how == exit_code::done);
  BOOST_TEST(recorded("resume") == 0u);
  BOOST_TEST(recorded("kill") == 0u);
}

BOOST_AUTO_TEST_CASE(an_act_is_in_the_audit_log_when_it_is_acknowledged) {
  for (const auto* what : {"suspend", "wake", "restart"}) {
    BOOST_TEST(run(std::string{what} + " n1/mail_store --reason why --yes", "operate").how
               == exit_code::done);
    BOOST_TEST(recorded(what) == 1u, what);
  }
  BOOST_TEST(run("kill n1/reconcile --yes", "admin").how == exit_code::done);
  BOOST_TEST(recorded("kill") == 1u);
  BOOST_TEST(run("suspend n1/nobody --yes", "operate").how == exit_code::nothing);
}

BOOST_AUTO_TEST_CASE(an_act_that_the_audit_log_refuses_is_not_done) {
  const sql::statement refuse{"refuse_actions",
                              "alter table nova.operator_actions add constraint refuse "
                              "check (reason <> 'no trace')"};
  conn.exec(refuse);

  auto paused = run("pause threads --reason 'no trace' --yes", "operate");
  auto killed = run("kill n1/mail_store --reason 'no trace' --yes", "admin");

  BOOST_TEST(paused.how == exit_code::failed);
  BOOST_TEST(killed.how == exit_code::failed);
  BOOST_TEST(pg::live_settings{}.run(conn).empty());
  BOOST_TEST(run("ps mail_store --where restarts=0").how == exit_code::done);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_not_done) {
  BOOST_TEST(run("suspend n1/nobody --yes", "operate").how == exit_code::nothing);
  BOOST_TEST(run("suspend n9/mail_store --yes", "operate").how == exit_code::nothing);
  BOOST_TEST(run("pause queue:nowhere --yes", "operate").how == exit_code::nothing);
  BOOST_TEST(run("drain nobody --yes", "admin").how == exit_code::nothing);
  BOOST_TEST(run("resume threads --yes", "operate").how == exit_code::nothing);
  BOOST_TEST(run("requeue node:n9 --yes", "operate").says("no node is called 'n9'"));
  for (const auto* id : {"nope", "2d6495df-1a4e-486a-8168-229c96e75428"})
    for (const auto* action : {"retry", "pause", "cancel"}) {
      auto seen = run(std::string{action} + " backfill:" + id + " --yes", "operate");
      BOOST_TEST_INFO(action << ' ' << seen.err);
      BOOST_TEST(seen.how == exit_code::nothing);
      BOOST_TEST(seen.says(std::string{"no backfill has the id '"} + id + "'"));
    }
  BOOST_TEST(run("log level NoSuchThing=debug --yes", "operate").how == exit_code::usage);
  BOOST_TEST(act(R"({"action":"set","target":"log.level.NoSuchThing","value":"debug"})").status
             == 404);
}

BOOST_AUTO_TEST_SUITE_END()
