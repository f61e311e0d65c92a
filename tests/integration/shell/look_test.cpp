#include "shell/row_query.hpp"
#include "tests/integration/shell/shell_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace nova;
using base::exit_code;

namespace {

/// A node with a finished backfill, for every case of this file.
struct busy_cluster : test::shell_fixture {
  busy_cluster() : test::shell_fixture(test::a_mailbox(10)) {
    config = start_backfill(add_inbox());
    start();
    BOOST_REQUIRE(test::eventually([&] { return backfill_status(config) == "completed"; }));
  }
  std::string config;
};

std::unique_ptr<busy_cluster> shared;

busy_cluster& live() {
  if (!shared)
    shared = std::make_unique<busy_cluster>();
  return *shared;
}

/// Ends it before main() does: what CAF keeps for each thread is gone when statics are destroyed.
struct end_of_shared {
  ~end_of_shared() {
    shared.reset();
  }
};

struct look_case {
  const char* command;
  const char* says; // in a table
};

std::ostream& operator<<(std::ostream& out, const look_case& one) {
  return out << one.command;
}

const look_case looks[] = {
  {"status", "CLUSTER of"},
  {"doctor", "wrong"},
  {"nodes", "RSS_MB"},
  {"node n1", "% of a processor now"},
  {"tree", "n1/node"},
  {"ps", "n1/mail_store"},
  {"ps mail_store", "n1/mail_store"},
  {"top --window 0.1s", "IN_RATE"},
  {"actor n1/mail_store", "mailbox"},
  {"why n1/mail_store", "idle"},
  {"crashes --since 1h", ""},
  {"crashes --group reason", ""},
  {"queues", "inbox_backfill_jobs"},
  {"leases", ""},
  {"links", ""},
  {"claims", ""},
  {"grants", "owner@example.com"},
  {"progress", "completed"},
  {"events --since 1h", "completed"},
  {"dead-letters", ""},
  {"jobs", ""},
  {"handlers", ""},
  {"keys", ""},
  {"schedules", "fill_search"},
  {"alerts", ""},
  {"syncs", ""},
  {"versions", ""},
  {"settings", ""},
  {"audit", ""},
  {"whoami", "view"},
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(end_of_shared);

BOOST_AUTO_TEST_SUITE(look_test)

BOOST_DATA_TEST_CASE(a_look_is_a_table_for_people, boost::unit_test::data::make(looks), one) {
  auto seen = live().run(one.command);

  BOOST_TEST_INFO(seen.out << seen.err);
  BOOST_TEST(seen.how == exit_code::done);
  BOOST_TEST(seen.says(one.says));
  BOOST_TEST(!test::is_json(seen.out));
}

BOOST_DATA_TEST_CASE(a_look_is_one_json_document_for_programs, boost::unit_test::data::make(looks),
                     one) {
  auto seen = live().json(one.command);

  BOOST_TEST_INFO(seen.out << seen.err);
  BOOST_TEST(seen.how == exit_code::done);
  BOOST_TEST(test::is_json(seen.out));
}

BOOST_AUTO_TEST_CASE(nobody_who_answers_is_no_good_news) {
  for (const auto* command : {"status", "doctor", "explain 00000000-0000-0000-0000-000000000000"})
    for (auto as : {shell::format::table, shell::format::json}) {
      auto seen = test::shell_fixture::run_at(
        {live().folder.path() + "/nobody.sock", "view", {}, {}}, command, as);
      BOOST_TEST_INFO(command << seen.out << seen.err);
      BOOST_TEST(seen.how == exit_code::unreachable);
      BOOST_TEST(!seen.says("nothing is wrong"));
    }
}

/// What somebody wants so is told, and is nothing wrong.
BOOST_AUTO_TEST_CASE(a_live_setting_is_a_note) {
  live().run("set pace=1ms --reason quota --yes", "operate");
  auto seen = live().run("doctor");
  auto after = live().run("unset pace --yes", "operate");

  BOOST_TEST_INFO(seen.out << seen.err << after.err);
  BOOST_TEST(seen.how == exit_code::done);
  BOOST_TEST(seen.says("NOTE setting:pace.pause"));
  BOOST_TEST(seen.says("next: unset pace.pause"));
  BOOST_TEST(!live().run("doctor").says("NOTE"));
}

BOOST_AUTO_TEST_CASE(explain_finds_nothing_that_blocks_a_complete_backfill) {
  auto seen = live().run("explain " + live().config);

  BOOST_TEST_INFO(seen.out << seen.err);
  BOOST_TEST(seen.how == exit_code::done);
  BOOST_TEST(!seen.says("BLOCKS"));
  BOOST_TEST(test::is_json(live().json("explain " + live().config).out));
}

BOOST_AUTO_TEST_CASE(explain_says_where_a_mail_is) {
  const sql::statement any{"any_message", "select min(nylas_message_id) from flux_email_messages"};
  auto id = live().conn.exec(any).value<std::string>();

  auto seen = live().run("explain message " + id);

  BOOST_TEST_INFO(seen.out << seen.err);
  BOOST_TEST(seen.how == exit_code::done);
  BOOST_TEST(seen.says("stored"));
  BOOST_TEST(seen.says("completed"));
  BOOST_TEST(live().run("why " + id).out == seen.out);
}

BOOST_AUTO_TEST_CASE(explain_says_where_a_job_is) {
  const sql::statement send{"send_job",
                            "select id::text from messenger_send('report', p_transport => "
                            "'of_nobody', p_queue => 'slow')"};
  auto id = live().conn.exec(send).value<std::string>();

  auto seen = live().run("explain job " + id);
  BOOST_TEST_INFO(seen.out << seen.err);
  BOOST_TEST(seen.how == exit_code::done);
  BOOST_TEST(seen.says("no handler names transport of_nobody"));
  BOOST_TEST(seen.says("BLOCKS"));
  BOOST_TEST(test::is_json(live().json("explain job " + id).out));
  BOOST_TEST(live().run("explain job 99999999").how == exit_code::nothing);
  BOOST_TEST(live().run("explain job").how == exit_code::nothing); // it is read as a backfill
}

BOOST_AUTO_TEST_CASE(a_mail_is_found_by_its_message_id) {
  const sql::statement name{
    "name_message", "update flux_email_messages set rfc822_message_id = 'a1@example.com' where "
                    "nylas_message_id = (select min(nylas_message_id) from flux_email_messages) "
                    "returning nylas_message_id"};
  auto id = live().conn.exec(name).value<std::string>();

  for (const auto* command :
       {"why --rfc822 '<a1@example.com>'", "why --rfc822 a1@example.com owner@example.com",
        "explain message --rfc822 a1@example.com"}) {
    auto seen = live().run(command);
    BOOST_TEST_INFO(command << seen.out << seen.err);
    BOOST_TEST(seen.how == exit_code::done);
    BOOST_TEST(seen.says(id));
    BOOST_TEST(seen.says("stored"));
  }
  BOOST_TEST(live().run("why --rfc822 nobody@example.com").how == exit_code::nothing);
}

BOOST_AUTO_TEST_CASE(who_is_not_there_is_nothing_matched) {
  BOOST_TEST(live().run("actor n1/nobody").how == exit_code::nothing);
  BOOST_TEST(live().run("ps --where kind=nobody").how == exit_code::nothing);
  BOOST_TEST(live().run("explain 00000000-0000-0000-0000-000000000000").how == exit_code::nothing);
  BOOST_TEST(live().run("why nobody").how == exit_code::nothing);
  BOOST_TEST(live().run("why n1/nobody").how == exit_code::nothing);
  BOOST_TEST(live().run("stuck --over 1h").how == exit_code::done);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_understood_is_usage) {
  for (const char* bad : {"unheard", "ps --where 'mailbox>'", "ps --where colour=red",
                          "ps --what 3", "actor", "stuck --over soon", "ps -o xml", "status 'open",
                          "trace", "top --window 0s", "why --rfc822", "why --rfc822 a b c"})
    BOOST_TEST(live().run(bad).how == exit_code::usage, bad);
}

BOOST_AUTO_TEST_CASE(rows_are_chosen_ordered_and_cut) {
  auto seen = live().run(
    "ps --where 'kind=database or kind=grants' --sort -kind --limit 1 --columns kind --no-headers");

  BOOST_TEST(seen.out == "grants\n");
  BOOST_TEST(seen.says("1 of 2 rows"));
}

BOOST_AUTO_TEST_CASE(lines_and_tabs_suit_pipes) {
  auto lines = live().run("ps database -o jsonl --columns actor,kind");
  BOOST_TEST(lines.out == "{\"actor\":\"n1/database\",\"kind\":\"database\"}\n");
  auto tabs = live().run("ps database -o tsv --columns actor,kind");
  BOOST_TEST(tabs.out == "actor\tkind\nn1/database\tdatabase\n");
}

BOOST_AUTO_TEST_CASE(a_watch_looks_again_and_again) {
  auto seen = live().run("ps database --columns kind --no-headers --watch 0.1s --times 3");
  BOOST_TEST(seen.out == "database\ndatabase\ndatabase\n");
}

BOOST_AUTO_TEST_CASE(every_command_has_help_with_an_example) {
  for (const auto& each : shell::commands()) {
    auto seen = live().run(std::string{"help "} + each.name);
    BOOST_TEST(seen.how == exit_code::done, each.name);
    BOOST_TEST(seen.says("Example: "), each.name);
    BOOST_TEST(live().run("help").says(each.name), each.name);
  }
}

BOOST_AUTO_TEST_CASE(a_socket_where_nobody_listens_is_a_failure_in_words) {
  shell::client nobody{{"/nonexistent/nova.sock", "view", {}, {}}};
  std::ostringstream out, err;
  shell::session in{nobody, {}, out, err};

  BOOST_TEST(in.run("ps") == exit_code::unreachable);
  BOOST_TEST(err.str().find("--pg") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_trace_shows_messages_as_they_are_handled_and_ends_at_its_limits) {
  auto seen = live().run("trace database --max 3 --for 20s");

  BOOST_TEST_INFO(seen.out << seen.err);
  BOOST_TEST(seen.how == exit_code::done);
  BOOST_TEST(seen.says("n1/database"));
  BOOST_TEST(seen.says("trace stopped: limit 3"));
  // Nobody follows any more: the tap is closed.
  BOOST_TEST(test::eventually([] { return !live().node->directory().tap().watched(); }));
}

BOOST_AUTO_TEST_CASE(a_trace_ends_when_its_time_is_over) {
  auto seen = live().run("trace nobody --for 1s");

  BOOST_TEST(seen.how == exit_code::nothing);
  BOOST_TEST(seen.says("limit 1 s"));
}

BOOST_AUTO_TEST_SUITE_END()
