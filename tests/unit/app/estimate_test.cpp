#include "app/estimate_words.hpp"
#include "app/program.hpp"
#include "tests/support/node_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <sstream>
#include <string>
#include <vector>

using namespace nova;

namespace {

simulator::options a_gmail_mailbox() {
  auto mailbox = test::a_mailbox(2000, 4);
  mailbox.grants.front().provider = simulator::provider::google;
  return mailbox;
}

constexpr sql::statement of_google{"of_google", "update flux_inboxes set provider = 'google'"};

/// An inbox, its provider, and the command. No node runs.
struct fixture : test::node_fixture {
  fixture() : node_fixture(a_gmail_mailbox()) {
    add_inbox();
    conn.exec(of_google);
  }

  struct outcome {
    int code = 0;
    std::string out, err;
  };

  outcome backfill(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "backfill");
    std::ostringstream out, err;
    auto code = app::run_program(arguments,
                                 {{"DATABASE_URL", url()},
                                  {"NYLAS_API_URI", api},
                                  {"NYLAS_API_KEY", key},
                                  {"LOG_LEVEL", "off"}},
                                 out, err);
    return {code, out.str(), err.str()};
  }

  rapidjson::Document told(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    auto done = backfill(arguments);
    BOOST_TEST(done.code == 0, done.err);
    rapidjson::Document document;
    document.Parse(done.out.c_str());
    BOOST_REQUIRE(!document.HasParseError());
    return document;
  }

  std::string api = provider.url();
  std::string key = provider.api_key();
};

constexpr sql::statement begins{
  "begins",
  "select extract(epoch from min(backfill_start))::bigint from flux_inbox_configurations"};
constexpr sql::statement samples{"samples", "select count(*) from nova.mail_samples"};

} // namespace

BOOST_FIXTURE_TEST_SUITE(estimate_test, fixture)

BOOST_AUTO_TEST_CASE(a_few_calls_tell_how_much_mail_there_is_and_what_it_costs) {
  auto before = provider.state().statistics.total();
  auto told_of = told({"estimate", "owner@example.com"});
  auto calls = provider.state().statistics.total() - before;
  auto messages = told_of["messages"].GetDouble();
  BOOST_TEST(messages > 8000 * 0.7);
  BOOST_TEST(messages < 8000 * 1.4);
  BOOST_TEST(told_of["calls_made"].GetUint64() == calls);
  BOOST_TEST(calls < 40u);
  // 20 units a message and 5 a page of a hundred; threads of Google are not listed.
  BOOST_TEST(told_of["units"].GetDouble() == messages * 20.05, boost::test_tools::tolerance(0.05));
  BOOST_TEST(told_of["hours"].GetDouble() == told_of["units"].GetDouble() / 95 / 3600,
             boost::test_tools::tolerance(0.05));
  BOOST_TEST(told_of["hours_low"].GetDouble() < told_of["hours"].GetDouble());
  BOOST_TEST(told_of["hours_high"].GetDouble() > told_of["hours"].GetDouble());
  BOOST_TEST(told_of["usable_hours"].GetDouble() < told_of["hours"].GetDouble() / 2);
  BOOST_TEST(told_of["gigabytes"].GetDouble() > 0);
  BOOST_TEST(std::string(told_of["binds"].GetString()) == "units");
  BOOST_TEST(std::string(told_of["assumptions"].GetString()).find("as it said")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(fewer_days_take_less_and_what_was_found_is_kept) {
  auto month = told({"estimate", "owner@example.com", "--days", "60"});
  BOOST_TEST(conn.exec(samples).value<int64_t>() == 2);
  auto year = told({"estimate", "owner@example.com"});
  BOOST_TEST(month["messages"].GetDouble() < year["messages"].GetDouble() / 3);
  BOOST_TEST(conn.exec(samples).value<int64_t>() == 12);
}

BOOST_AUTO_TEST_CASE(all_mail_of_a_mailbox_of_a_year_is_that_of_the_year) {
  auto all = told({"estimate", "owner@example.com", "--all"});
  BOOST_TEST(all["messages"].GetDouble() > 8000 * 0.7);
  BOOST_TEST(all["messages"].GetDouble() < 8000 * 1.5);
  BOOST_TEST(all["calls_made"].GetUint64() < 80u);
}

BOOST_AUTO_TEST_CASE(what_it_assumes_is_said_in_words) {
  auto done = backfill({"estimate", "owner@example.com"});
  BOOST_TEST(done.code == 0);
  BOOST_TEST(done.out.find("the provider's units bind") != std::string::npos);
  BOOST_TEST(done.out.find("google gives 95 units a second") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_it_is_asked_wrongly_it_refuses) {
  auto refused = [this](std::vector<std::string> arguments, const std::string& says) {
    arguments.insert(arguments.begin(), "estimate");
    auto done = backfill(std::move(arguments));
    BOOST_TEST(done.err.find(says) != std::string::npos, done.err);
    return done.code;
  };
  BOOST_TEST(refused({"nobody@example.com"}, "nobody@example.com") == 1);
  BOOST_TEST(refused({"owner@example.com", "--days", "900"}, "--days") == 2);
  BOOST_TEST(refused({"owner@example.com", "--days", "30", "--all"}, "--days") == 2);
  key = "wrong";
  BOOST_TEST(refused({"owner@example.com"}, "NYLAS_API_KEY") == 3);
  key = "";
  BOOST_TEST(refused({"owner@example.com"}, "NYLAS_API_KEY is not set") == 2);
}

BOOST_AUTO_TEST_CASE(a_backfill_is_of_a_year_unless_all_is_wanted) {
  auto far = backfill({"start", "--inbox", "owner@example.com", "--from", "2001-01-01"});
  BOOST_TEST(far.code == 1);
  BOOST_TEST(far.err.find("more than one year back") != std::string::npos);
  auto both = backfill({"start", "--inbox", "owner@example.com", "--from", "2001-01-01", "--all"});
  BOOST_TEST(both.code == 2);
  auto started = told({"start", "--inbox", "owner@example.com", "--all"});
  BOOST_TEST(std::string(started["from"].GetString()) == "the oldest mail");
  BOOST_TEST(conn.exec(begins).value<int64_t>() == 0);
}

BOOST_AUTO_TEST_CASE(what_is_left_and_what_binds_is_said_in_words) {
  backfill_progress row;
  BOOST_TEST(app::left_words(row, 1000).empty());
  BOOST_TEST(app::usable_words(row, 1000).empty());
  row.eta = 1000 + 723;
  row.eta_low = 1000 + 640;
  row.eta_high = 1000 + 7325;
  row.usable_at = 1000 + 30;
  BOOST_TEST(app::left_words(row, 1000) == "12 m 03 s left (10 m 40 s to 2 h 02 m)");
  BOOST_TEST(app::usable_words(row, 1000) == "usable in 30.0 s");
  BOOST_TEST(app::left_words(row, 5000) == "0.0 s left (0.0 s to 55 m 25 s)");
  row.usable = true;
  BOOST_TEST(app::usable_words(row, 1000) == "usable");
  for (const auto* binds : {"units", "requests", "places", "throttled", "pause", "window",
                            "database", "queue", "paused", "inbox", "provider"})
    BOOST_TEST(!app::binds_words(binds).empty(), binds);
  BOOST_TEST(app::binds_words("").empty());
}

BOOST_AUTO_TEST_SUITE_END()
