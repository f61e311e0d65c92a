#include "app/program.hpp"
#include "app/report.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <sstream>

// nova sync and nova assistant, as a user runs them.
using namespace nova;

namespace {

struct outcome {
  int code = 0;
  std::string out, err;
};

struct fixture : test::database_fixture {
  fixture() {
    conn.run("insert into integration_configs (id, name, provider) values "
             "('00000000-0000-0000-0000-00000000000a', 'crm', 'acme')");
    conn.run("insert into integration_sync_configs (id, integration_id, stream) values "
             "('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-00000000000a', "
             "'contacts')");
    conn.run("insert into integration_sync_history (id, sync_config_id, status, finished_at, "
             "error_message) values ('00000000-0000-0000-0000-0000000000b1', "
             "'00000000-0000-0000-0000-0000000000a1', 'failed', now(), 'no route'), "
             "('00000000-0000-0000-0000-0000000000b2', '00000000-0000-0000-0000-0000000000a1', "
             "'succeeded', now(), null)");
    conn.run("insert into tenants (id, name, slug) values ('t1', 'One', 'one')");
    conn.run("insert into users (id, tenant_id, email) values ('u1', 't1', 'a')");
    conn.run("insert into usage_metrics (tenant_id, user_id, date, total_messages, total_tokens, "
             "estimated_cost) values ('t1', 'u1', '2026-01-01', 9, 90, 9), ('t1', 'u1', "
             "current_date, 1, 10, 0.5)");
  }

  outcome nova(const std::vector<std::string>& arguments, const std::string& role = {}) {
    auto address = url();
    if (!role.empty())
      address += (address.find('?') == std::string::npos ? "?" : "&")
                 + std::string("options=-crole%3D") + role;
    std::ostringstream out, err;
    auto code =
      app::run_program(arguments, {{"DATABASE_URL", address}, {"LOG_LEVEL", "off"}}, out, err);
    return {code, out.str(), err.str()};
  }

  /// Checks that a command line ends so, with one line that says this.
  void refuses(const std::vector<std::string>& arguments, int code, const std::string& says,
               const std::string& role = {}) {
    auto ended = nova(arguments, role);
    BOOST_TEST(ended.code == code);
    BOOST_TEST(ended.err.find(says) != std::string::npos, ended.err);
    BOOST_TEST(std::count(ended.err.begin(), ended.err.end(), '\n') == 1, ended.err);
    BOOST_TEST(ended.out.empty(), ended.out);
  }
};

bool has(const outcome& ended, const std::string& text) {
  return ended.code == 0 && ended.out.find(text) != std::string::npos;
}

constexpr auto failed_run = "00000000-0000-0000-0000-0000000000b1";
constexpr auto good_run = "00000000-0000-0000-0000-0000000000b2";

} // namespace

BOOST_FIXTURE_TEST_SUITE(reports_test, fixture)

BOOST_AUTO_TEST_CASE(the_history_is_a_table_on_text_and_an_array_in_json) {
  auto text = nova({"sync", "history", "--status", "failed"});
  BOOST_TEST(has(text, "no route"), text.out);
  BOOST_TEST(has(text, "contacts"), text.out);
  BOOST_TEST(!has(text, good_run), text.out);
  auto json = nova({"sync", "history", "--json"});
  BOOST_TEST(json.out.starts_with("["), json.out);
  BOOST_TEST(has(json, R"("status":"failed")"), json.out);
  BOOST_TEST(has(json, good_run), json.out);
}

BOOST_AUTO_TEST_CASE(a_failed_run_is_retried_once) {
  BOOST_TEST(nova({"sync", "retries", "--json"}).out.find("id") == std::string::npos);
  auto first = nova({"sync", "retry", failed_run, "--json"});
  BOOST_TEST(has(first, R"("retry":1)"), first.out);
  BOOST_TEST(nova({"sync", "retry", failed_run, "--json"}).out == first.out);
  BOOST_TEST(has(nova({"sync", "retries"}), failed_run));
  BOOST_TEST(nova({"sync", "retries", "--due", "--json"}).out.find("id") == std::string::npos);
  conn.run("update integration_sync_history set retry_at = now() where is_retry");
  BOOST_TEST(has(nova({"sync", "retries", "--due"}), failed_run));
}

BOOST_AUTO_TEST_CASE(alerts_are_listed_with_what_became_of_them) {
  conn.run("insert into integration_alert_history (integration_id, alert_type, channel, recipient, "
           "outage_key, message, delivery_status, error_message) values "
           "('00000000-0000-0000-0000-00000000000a', 'failure', 'email', 'ops@example.com', 'k', "
           "'m', 'failed', 'mailbox full')");
  BOOST_TEST(has(nova({"sync", "alerts", "--status", "failed"}), "mailbox full"));
  BOOST_TEST(!has(nova({"sync", "alerts", "--status", "sent"}), "mailbox full"));
}

BOOST_AUTO_TEST_CASE(the_secret_part_of_a_webhook_is_not_told) {
  conn.run(
    "insert into integration_alert_history (integration_id, alert_type, channel, recipient, "
    "outage_key, message, delivery_status, error_message) values "
    "('00000000-0000-0000-0000-00000000000a', 'failure', 'webhook', "
    "'https://me:Secret1@hooks.example.com:8443/T0/Secret2?key=Secret3', 'k', 'm', 'failed', "
    "'POST https://hooks.example.com/T0/Secret2 answered 404')");
  for (const auto& ended : {nova({"sync", "alerts"}), nova({"sync", "alerts", "--json"})}) {
    BOOST_TEST(has(ended, "https://hooks.example.com:8443/***"), ended.out);
    BOOST_TEST(has(ended, "POST https://hooks.example.com/*** answered 404"), ended.out);
    BOOST_TEST(!has(ended, "Secret"), ended.out);
  }
}

BOOST_AUTO_TEST_CASE(bad_arguments_of_sync_are_named) {
  refuses({"sync", "history", "--status", "odd"}, 2, "odd");
  refuses({"sync", "history", "abc"}, 1, "there are 0 syncs 'abc'");
  refuses({"sync", "history", "--limit", "0"}, 2, "--limit");
  refuses({"sync", "retry"}, 2, "SYNC is required");
  refuses({"sync", "retry", "x"}, 2, "is not a UUID");
  refuses({"sync", "retry", good_run}, 1, "only a failed or partial one is retried");
  refuses({"sync", "retry", "00000000-0000-0000-0000-0000000000ff"}, 1, "there is no sync run");
  refuses({"sync"}, 2, "subcommand is required");
}

BOOST_AUTO_TEST_CASE(usage_covers_the_last_days_only) {
  auto json = nova({"assistant", "report", "usage", "--json"});
  BOOST_TEST(has(json, R"("tenant_name":"One")"), json.out);
  BOOST_TEST(has(json, R"("total_tokens":10)"), json.out);
  BOOST_TEST(has(json, R"("total_cost":0.5)"), json.out);
  BOOST_TEST(
    has(nova({"assistant", "report", "usage", "--tenant", "one", "--days", "3650"}), "100"));
}

BOOST_AUTO_TEST_CASE(a_report_is_also_comma_separated_and_its_costs_are_exact) {
  conn.run("update tenants set name = 'One, \"the\" first';"
           "update usage_metrics set estimated_cost = 37037036703703703.0432 where date = "
           "current_date");
  auto csv = nova({"assistant", "report", "usage", "--csv"});
  BOOST_TEST(csv.out
             == "tenant_id,tenant_name,users,messages,total_tokens,total_cost\n"
                "t1,\"One, \"\"the\"\" first\",1,1,10,37037036703703703.0432\n");
  auto json = nova({"assistant", "report", "usage", "--json"});
  BOOST_TEST(has(json, R"("total_cost":37037036703703703.0432})"), json.out);
  BOOST_TEST(has(nova({"assistant", "report", "usage"}), "37037036703703703.0432"));
  BOOST_TEST(
    nova({"assistant", "report", "active-users", "--csv"}).out.starts_with("date,active_"));
  BOOST_TEST(nova({"assistant", "report", "feedback", "--csv"}).out
             == "date,positive,negative,avg_rating\n");
  refuses({"assistant", "report", "usage", "--csv", "--json"}, 2,
          "--csv and --json exclude each other");
}

BOOST_AUTO_TEST_CASE(a_terminal_has_bars) {
  using app::bar;
  BOOST_TEST(bar({10}, 10, 5) == "█████");
  BOOST_TEST(bar({4}, 10, 5) == "██");
  BOOST_TEST(bar({1}, 1000, 5) == "▌");
  BOOST_TEST(bar({0}, 10, 5) == "");
  BOOST_TEST(bar({0}, 0, 5) == "");
  BOOST_TEST(bar({6, 4}, 10, 5) == "███░░");
  BOOST_TEST(bar({0, 1}, 1000, 5) == "░");

  std::ostringstream out, err;
  app::context ctx{{}, false, out, err, true};
  app::report told{{{"day", "users"},
                    {{std::string("mon"), uint64_t{2}}, {std::string("tue"), uint64_t{1}}}},
                   {},
                   {"users"}};
  print(ctx, told, false);
  BOOST_TEST(out.str().find("mon  2      ██████████████████████████████") != std::string::npos,
             out.str());
  BOOST_TEST(out.str().find("tue  1      ███████████████\n") != std::string::npos, out.str());
}

BOOST_AUTO_TEST_CASE(active_users_and_feedback_are_listed_by_day) {
  auto users = nova({"assistant", "report", "active-users", "--json"});
  BOOST_TEST(has(users, R"("active_users":1)"), users.out);
  conn.run("insert into conversations (id, tenant_id, user_id) values ('c', 't1', 'u1')");
  conn.run("insert into messages (id, conversation_id, role, content) values ('m', 'c', "
           "'assistant', 'x')");
  conn.run("insert into feedback (message_id, user_id, rating) values ('m', 'u1', -1)");
  auto feedback = nova({"assistant", "report", "feedback", "--json"});
  BOOST_TEST(has(feedback, R"("negative":1)"), feedback.out);
}

BOOST_AUTO_TEST_CASE(bad_arguments_of_a_report_are_named) {
  refuses({"assistant", "report", "usage", "--days", "0"}, 2, "--days");
  refuses({"assistant", "report", "usage", "--tenant", "nobody"}, 1, "'nobody'");
  refuses({"assistant", "report", "weather"}, 2, "subcommand is required");
  refuses({"assistant", "report"}, 2, "subcommand is required");
}

BOOST_AUTO_TEST_CASE(a_role_that_sees_one_tenant_gets_no_report_instead_of_a_wrong_one) {
  refuses({"assistant", "report", "usage"}, 1, "row-level security", "authenticated");
}

BOOST_AUTO_TEST_SUITE_END()
