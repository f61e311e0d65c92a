#include "tests/cluster/two_nodes.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

using namespace nova;
using namespace std::chrono_literals;
using base::exit_code;

namespace {

struct shell_result {
  exit_code how = exit_code::done;
  std::string text;

  [[nodiscard]] bool says(const std::string& what) const {
    return text.find(what) != std::string::npos;
  }
};

/// Linked.
struct fixture : test::two_nodes {
  fixture() {
    BOOST_REQUIRE(test::eventually([&] { return run("ps mail_store").says("n2/mail_store"); }));
  }

  shell_result run(const std::string& commands, const std::string& role = "view",
                   shell::format as = shell::format::table) {
    auto [how, text] = ask(commands, role, as);
    return {how, text};
  }

  void pause_threads() {
    BOOST_REQUIRE((run("pause threads --yes", "operate").how == exit_code::done));
  }

  /// Notifications that were tried in vain, so that there is one to retry.
  void give_up_notifications() {
    const sql::statement give_up{
      "give_up", "insert into flux_webhook_notifications (notification_id, notification_type, "
                 "payload, status, error_message) select gen_random_uuid()::text, "
                 "'message.created', '{}', 'error', 'broken' from generate_series(1, 3)"};
    conn.exec(give_up);
  }
};

void expect(bool holds, const shell_result& seen, const char* what) {
  BOOST_TEST(holds, what << ": " << seen.text);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(shell_test, fixture)

BOOST_AUTO_TEST_CASE(one_node_answers_for_both) {
  auto seen = run("ps mail_store --columns actor --no-headers");
  BOOST_TEST(seen.text == "n1/mail_store\nn2/mail_store\n");
  for (const char* command : {"status",
                              "doctor",
                              "nodes",
                              "node n2",
                              "tree n2",
                              "ps",
                              "top --window 0.1s",
                              "actor n2/mail_store",
                              "why n2/mail_store",
                              "stuck",
                              "crashes",
                              "queues",
                              "leases",
                              "links",
                              "claims",
                              "grants",
                              "progress",
                              "events",
                              "dead-letters",
                              "jobs",
                              "handlers",
                              "keys",
                              "schedules",
                              "alerts",
                              "syncs",
                              "versions",
                              "settings",
                              "audit",
                              "trace database --max 4"}) {
    auto text = run(command);
    expect(text.how == exit_code::done, text, command);
    auto json = run(command, "view", shell::format::json);
    expect(json.how == exit_code::done && json.text.starts_with("{"), json, command);
  }
}

BOOST_AUTO_TEST_CASE(an_actor_of_the_other_node_is_suspended_and_woken) {
  auto done = run("suspend n2/reconcile --yes", "operate");
  expect(done.how == exit_code::done, done, "suspend");
  BOOST_TEST(test::eventually([&] {
    return run("ps reconcile --where 'state=suspended and node=n2'").how == exit_code::done;
  }));
  BOOST_TEST((run("kill n2/reconcile --yes", "operate").how == exit_code::denied));
  BOOST_TEST((run("wake n2/reconcile --yes", "operate").how == exit_code::done));
  BOOST_TEST(test::eventually([&] { return run("audit").says("n2/reconcile"); }));
}

BOOST_AUTO_TEST_CASE(every_command_that_acts_does_so_over_two_nodes_in_text_and_json) {
  pause_threads();
  auto config = start_backfill(add_inbox());
  BOOST_REQUIRE(test::eventually([&] { return backfill_status(config) == "thread_sync"; }));
  give_up_notifications();
  const std::vector<std::pair<std::string, const char*>> commands{
    {"pause queue:thread_sync_jobs --for 5m --reason quota --yes", "operate"},
    {"resume queue:thread_sync_jobs --yes", "operate"},
    {"suspend n2/reconcile --yes", "operate"},
    {"wake n2/reconcile --yes", "operate"},
    {"restart n2/reconcile --yes", "operate"},
    // A shared service takes the links along.
    {"restart n2/mail_store --yes", "operate"},
    {"kill n2/reconcile --yes", "admin"},
    {"set concurrency=7 pace=200ms --for 10m --yes", "operate"},
    {"unset concurrency pace --yes", "operate"},
    {"log level ThreadSync=debug --for 10m --yes", "operate"},
    {"drain n2 --reason upgrade --yes", "admin"},
    {"undrain n2 --yes", "admin"},
    {"requeue node:n2 --yes", "admin"},
    {"retry --where 'kind=notification' --limit 1 --yes", "operate"},
    {"pause backfill:" + config + " --yes", "operate"},
    {"resume backfill:" + config + " --yes", "operate"},
  };
  for (auto as : {shell::format::table, shell::format::json}) {
    give_up_notifications();
    for (const auto& one : commands) {
      const auto& command = one.first;
      const auto& role = one.second;
      shell_result seen;
      // What it acts on may be on its way back from the command before.
      auto done = test::eventually(
        [&] {
          seen = run(command, role, as);
          return seen.how == exit_code::done;
        },
        20s);
      BOOST_TEST(done, command << ": " << seen.text);
      BOOST_TEST((as == shell::format::table || seen.says("{")), command << ": " << seen.text);
    }
  }
  for (const auto& command : {"explain " + config, "cancel backfill:" + config + " --dry-run"})
    for (auto as :
         {shell::format::table, shell::format::json, shell::format::jsonl, shell::format::tsv}) {
      // The link that the restart of a shared service took along may still be on its way back.
      shell_result seen;
      auto done = test::eventually(
        [&] {
          seen = run(command, "operate", as);
          return seen.how == exit_code::done;
        },
        20s);
      expect(done, seen, command.c_str());
    }
  expect(run("cancel backfill:" + config + " --yes", "operate").how == exit_code::done, {},
         "cancel");
  BOOST_TEST(backfill_status(config) == "cancelled");
}

BOOST_AUTO_TEST_CASE(a_message_is_explained_on_any_node) {
  auto config = start_backfill(add_inbox());
  BOOST_REQUIRE(test::eventually([&] { return backfill_status(config) == "completed"; }));
  const sql::statement one{"one", "select nylas_message_id from flux_email_messages limit 1"};
  auto message = conn.exec(one).value<std::string>();

  for (auto as : {shell::format::table, shell::format::json}) {
    // A sweep may have been first.
    for (const char* word : {"explain message ", "why message ", "why "}) {
      auto seen = run(word + message, "view", as);
      expect(seen.how == exit_code::done && seen.says("stored, "), seen, word);
    }
  }
}

BOOST_AUTO_TEST_CASE(who_does_not_answer_is_named) {
  BOOST_REQUIRE(n2.freeze());
  auto seen = run("ps mail_store");
  auto json = run("ps mail_store", "view", shell::format::json);
  n2.signal(SIGCONT);

  expect(seen.how == exit_code::partial, seen, "a table");
  expect(seen.says("n1/mail_store") && seen.says("! n2 did not answer"), seen, "a table");
  expect(json.how == exit_code::partial && json.says("\"silent\":[{\"node\":\"n2\""), json, "JSON");
}

BOOST_AUTO_TEST_CASE(a_drain_says_what_it_waits_for) {
  BOOST_REQUIRE((run("suspend n2/mail_store --yes", "operate").how == exit_code::done));
  auto config = start_backfill(add_inbox());
  BOOST_REQUIRE(
    test::eventually([&] { return run("claims --where node=n2").how == exit_code::done; }));

  auto seen = run("drain n2 --wait 0.5s --yes", "admin");
  expect(seen.how == exit_code::timed_out && seen.says("waiting for n2: "), seen, "drain");
  expect(run("wake n2/mail_store --yes", "operate").how == exit_code::done, {}, "wake");
  seen = run("drain n2 --wait 1m --yes", "admin");
  expect(seen.how == exit_code::done && seen.says("drained"), seen, "drain");
}

BOOST_AUTO_TEST_CASE(a_drained_node_takes_no_threads) {
  auto done = run("drain n2 --reason upgrade --wait 1m --yes", "admin");
  expect(done.how == exit_code::done && done.says("drained"), done, "drain");
  auto config = start_backfill(add_inbox());

  BOOST_TEST(test::eventually([&] { return backfill_status(config) == "completed"; }));
  auto nodes = run("nodes --where 'node=n2 and state=draining'");
  expect(nodes.how == exit_code::done, nodes, "nodes");
  BOOST_TEST((run("undrain n2 --yes", "admin").how == exit_code::done));
}

BOOST_AUTO_TEST_CASE(what_shows_a_drain_says_who_did_it_and_what_ends_it) {
  run("drain n1 n2 --reason upgrade --yes", "admin");
  auto config = start_backfill(add_inbox());

  for (const auto& command : {std::string{"doctor"}, std::string{"nodes"}}) {
    auto seen = run(command);
    expect(seen.says("drained by") && seen.says("upgrade"), seen, command.c_str());
  }
  auto seen = run("explain " + config);
  expect(seen.says("only drained nodes have it: n1, n2") && seen.says("undrain n1"), seen,
         "explain");
  expect(run("settings").how == exit_code::done && !run("settings").says("n2"), {}, "settings");
  run("undrain n1 n2 --yes", "admin");
  BOOST_TEST(!run("doctor").says("drained"));
  BOOST_TEST((run("undrain n2 --yes", "admin").how == exit_code::nothing));
}

BOOST_AUTO_TEST_CASE(a_node_that_was_drained_for_an_upgrade_works_when_it_is_back) {
  auto done = run("drain n2 --reason upgrade --wait 1m --yes", "admin");
  expect(done.how == exit_code::done && done.says("drained"), done, "drain");
  n2.process().stop();
  test::node_process again{*this, "n2"};
  BOOST_REQUIRE(test::eventually([&] { return run("ps mail_store").says("n2/mail_store"); }));

  done = run("drain n1 --wait 1m --yes", "admin");
  expect(done.how == exit_code::done, done, "drain");
  auto config = start_backfill(add_inbox());

  BOOST_TEST(test::eventually([&] { return backfill_status(config) == "completed"; }));
}

BOOST_AUTO_TEST_SUITE_END()
