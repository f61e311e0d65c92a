#include "app/program.hpp"
#include "pg/email/list_backfills.hpp"
#include "pg/email/list_inboxes.hpp"
#include "pg/messenger/messenger_claim.hpp"
#include "pg/messenger/messenger_fail.hpp"
#include "pg/messenger/messenger_failed_list.hpp"
#include "pg/messenger/messenger_send.hpp"
#include "pg/queue/queue_send.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string_view>

// Whatever changes something through a command leaves its line in the audit log.
using namespace nova;

namespace {

using words = std::vector<std::string>;
using lines = std::vector<std::string>;

constexpr const char* nobody = "2d6495df-1a4e-486a-8168-229c96e75428";
constexpr const char* failed_run = "00000000-0000-0000-0000-0000000000b1";
constexpr sql::statement audit_log{
  "audit_log", "select concat_ws(' | ', action, target, outcome) from nova.operator_actions "
               "where via = $1 order by id"};
constexpr sql::statement last_line{
  "last_line",
  "select concat_ws(' | ', who, role, via, action, target, reason, arguments::text, outcome) "
  "from nova.operator_actions order by id desc limit 1"};

struct fixture : test::database_fixture {
  int run(const words& arguments) {
    std::ostringstream out, err;
    auto code =
      app::run_program(arguments, {{"DATABASE_URL", url()}, {"LOG_LEVEL", "off"}}, out, err);
    said = err.str();
    return code;
  }

  /// The lines that commands left, without what is another in each run.
  lines log(const char* via = "command") {
    lines all;
    for (auto& [line] : conn.exec(audit_log, via).rows<std::string>()) {
      for (const auto& [id, name] : known)
        if (auto at = line.find(id); !id.empty() && at != std::string::npos)
          line.replace(at, id.size(), name);
      all.push_back(line);
    }
    return all;
  }

  std::string newest() {
    return conn.exec(last_line).value<std::string>();
  }

  std::string backfill() {
    BOOST_REQUIRE(run({"inbox", "add", "--email", "a@example.com", "--grant", "g"}) == 0);
    known[perform(pg::list_inboxes{}).at(0).id.value] = "INBOX";
    BOOST_REQUIRE(run({"backfill", "start", "--inbox", "a@example.com"}) == 0);
    auto id = perform(pg::list_backfills{}).at(0).id.value;
    known[id] = "CONFIG";
    return id;
  }

  /// A message of the messenger that failed for good; its id.
  std::string fail_one() {
    perform(pg::messenger_send{{R"({"type": "mail", "max_attempts": 1, "body": {"n": 1}})"}});
    auto taken = perform(pg::messenger_claim{.worker = "w"}).at(0);
    perform(pg::messenger_fail{{taken.id}, {taken.token}, {"no route"}, {"net"}, {"retry"}});
    return perform(pg::messenger_failed_list{.error_class = "net"}).at(0).id;
  }

  std::map<std::string, std::string> known;
  std::string said;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(acts_test, fixture)

BOOST_AUTO_TEST_CASE(what_is_done_to_inboxes_and_backfills_is_in_the_audit_log) {
  auto config = backfill();
  BOOST_TEST(run({"backfill", "pause", config, "--reason", "too loud"}) == 0);
  BOOST_TEST(run({"backfill", "resume", config}) == 0);
  BOOST_TEST(run({"backfill", "retry", config}) != 0); // nothing of it has failed
  BOOST_TEST(run({"threads", "retry", config}) == 1);  // there is no thread yet
  BOOST_TEST(run({"backfill", "cancel", config}) == 0);
  BOOST_TEST(run({"backfill", "pause", nobody}) == 1);
  BOOST_TEST(run({"inbox", "remove", "a@example.com"}) == 0);
  auto all = log();
  lines wanted = {
    "add | inbox:a@example.com | done",
    "start | inbox:INBOX | begun as backfill:CONFIG",
    "pause | backfill:CONFIG | done",
    "resume | backfill:CONFIG | done",
    all.size() > 4 ? all[4] : "",
    all.size() > 5 ? all[5] : "",
    "cancel | backfill:CONFIG | done",
    std::string("pause | backfill:") + nobody + " | failed: no backfill has the id '" + nobody
      + "'; `nova backfill status` shows those there are",
    "remove | inbox:INBOX | done",
  };
  BOOST_TEST(all == wanted, boost::test_tools::per_element());
  for (auto i : {4, 5})
    BOOST_TEST(wanted[i].starts_with("retry | backfill:CONFIG | failed: "), wanted[i]);
}

BOOST_AUTO_TEST_CASE(a_line_says_who_why_and_with_what) {
  auto config = backfill();
  run({"backfill", "pause", config, "--reason", "too loud"});
  auto line = newest();
  BOOST_TEST(
    line.find(" | admin | command | pause | backfill:" + config + " | too loud | {} | done")
      != std::string::npos,
    line);
  BOOST_TEST(line.find(" | ") > 0u, line);
}

BOOST_AUTO_TEST_CASE(through_the_shell_over_the_tables_the_line_is_the_same) {
  auto config = backfill();
  run({"shell", "--pg", "--yes", "-c", "pause backfill:" + config});
  BOOST_TEST(log("pg") == lines{"pause | backfill:CONFIG | done"},
             boost::test_tools::per_element());
  run({"shell", "--pg", "--yes", "-c", "pause threads --for 30s"});
  BOOST_TEST(newest().find(R"({"for_s": 30, "value": ""})") != std::string::npos, newest());
}

BOOST_AUTO_TEST_CASE(what_is_done_to_queues_is_in_the_audit_log) {
  auto first = perform(pg::queue_send{"inbox_backfill_jobs", "{}", 0});
  BOOST_TEST(run({"queue", "send", "inbox_backfill_jobs", "{}"}) == 0);
  BOOST_TEST(run({"queue", "archive", "inbox_backfill_jobs", std::to_string(first)}) == 0);
  BOOST_TEST(run({"queue", "purge", "inbox_backfill_jobs", "--yes"}) == 0);
  BOOST_TEST(run({"webhooks", "retry", "nothing"}) == 1);
  BOOST_TEST(run({"webhooks", "retry", "nothing", "else"}) == 1);
  auto sent = "sent as " + std::to_string(first + 1);
  BOOST_TEST(log()
               == (lines{"send | queue:inbox_backfill_jobs | " + sent,
                         "archive | queue:inbox_backfill_jobs | 1 of 1 archived",
                         "purge | queue:inbox_backfill_jobs | 1 deleted",
                         "retry | notification:nothing | 0 of 1 queued again",
                         "retry | 2 notifications | 0 of 2 queued again"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_done_to_the_messenger_is_in_the_audit_log) {
  conn.run("insert into messenger_schedules (name, kind, cron, type) values "
           "('nightly', 'cron', '@daily', 'mail')");
  auto id = fail_one();
  run({"messenger", "failed", "retry", id, "--dry-run"});
  run({"messenger", "failed", "retry", id});
  run({"messenger", "failed", "remove", id, "--yes"});
  run({"messenger", "schedules", "--pause", "nightly"});
  run({"messenger", "schedules", "--resume", "none"});
  run({"messenger", "transports", "--pause", "default"});
  BOOST_TEST(
    log()
      == (lines{"retry | messenger:failed | 1 of 1 sent again",
                "remove | messenger:failed | 1 of 1 deleted", "pause | schedule:nightly | done",
                "resume | schedule:none | failed: no schedule is called 'none'; `nova messenger "
                "schedules` shows those there are",
                "pause | transport:default | done"}),
    boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_retry_of_a_run_is_in_the_audit_log) {
  conn.run("insert into integration_configs (id, name, provider) values "
           "('00000000-0000-0000-0000-00000000000a', 'crm', 'acme');"
           "insert into integration_sync_configs (id, integration_id, stream) values "
           "('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-00000000000a', 'c');"
           "insert into integration_sync_history (id, sync_config_id, status, finished_at) values "
           "('00000000-0000-0000-0000-0000000000b1', '00000000-0000-0000-0000-0000000000a1', "
           "'failed', now())");
  BOOST_TEST(run({"sync", "retry", failed_run}) == 0);
  BOOST_TEST(
    log().at(0).starts_with(std::string("retry | sync:") + failed_run + " | scheduled as "));
}

BOOST_AUTO_TEST_CASE(upkeep_that_was_asked_for_is_seen_to_begin_and_to_end) {
  for (const char* task : {"fill_search", "prune", "reread", "messenger_rescue", "messenger_prune",
                           "close_lost_syncs"})
    BOOST_TEST(run({"maintenance", "run", task}) == 0, task << ": " << said);
  auto all = log();
  BOOST_REQUIRE(all.size() == 12u);
  BOOST_TEST(all[0] == "run | task:fill_search | begun");
  BOOST_TEST(all[1] == "run | task:fill_search | 0 rows");
  BOOST_TEST(all[3]
             == "run | task:prune | 0 failures, 0 nodes, 0 contents "
                "of attachments and 0 runs and alerts of syncs forgotten");
}

BOOST_AUTO_TEST_CASE(migrations_are_in_the_audit_log_when_there_is_one) {
  BOOST_TEST(run({"migrate", "up"}) == 0);
  BOOST_TEST(log().empty());
  BOOST_TEST(run({"migrate", "down", "--yes"}) == 0);
  BOOST_TEST(run({"migrate", "up", "--worker-role", "acts_worker"}) == 0);
  BOOST_TEST(log()
               == (lines{"migrate down | schema | 1 migrations",
                         "migrate up | schema | 1 migrations", "make | role:acts_worker | begun",
                         "make | role:acts_worker | done"}),
             boost::test_tools::per_element());
  BOOST_TEST(run({"migrate", "down", "--all", "--yes"}) == 0, said);
}

BOOST_AUTO_TEST_CASE(who_looks_leaves_no_line) {
  backfill();
  auto before = log().size();
  for (const words& each :
       {words{"inbox", "list"}, words{"backfill", "status"}, words{"progress"}, words{"doctor"},
        words{"queue", "metrics"}, words{"webhooks", "list"}, words{"threads", "failed"},
        words{"migrate", "status"}, words{"migrate", "verify"}, words{"migrate", "up", "--dry-run"},
        words{"messenger", "stats"}, words{"sync", "history"},
        words{"shell", "--pg", "-c", "progress"}})
    run(each);
  BOOST_TEST(log().size() == before);
}

BOOST_AUTO_TEST_SUITE_END()
