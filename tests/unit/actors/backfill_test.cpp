#include "actors/backfill.hpp"

#include "tests/unit/actors/backfill_fake.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

/// Windows of one page each.
struct fixture : provider_fixture {
  fixture() {
    database.opened.backfill.grant.value = "g1";
    settings.strategy = discovery_strategy::threads;
    told = system.spawn([this]() -> discovery_wakeup_actor::behavior_type {
      return {[](threads_available) {}, [this](check_completion) { ++ends; }};
    });
  }

  ~fixture() {
    self->send_exit(child, caf::exit_reason::kill);
    self->send_exit(handle, caf::exit_reason::kill);
    self->send_exit(told, caf::exit_reason::kill);
    run();
  }

  void plan_windows(int count) {
    for (int64_t i = 1; i <= count; ++i)
      database.opened.windows.push_back({i, 1000 + i * 100, 1100 + i * 100, ""});
  }

  void start() {
    handle = database.spawn(system);
    backfill_needs needs{handle, grants, told, nullptr, nullptr};
    needs.hosts = hosts;
    needs.node = "here";
    child =
      system.spawn(backfill, directory_slot{}, backfill_task{config_id{"c1"}, 9}, needs, settings);
    child->attach_functor([this](const caf::error& reason) {
      gone = true;
      ended_with = describe(reason);
    });
    run();
  }

  /// The backfill is not one that runs any more.
  void start_refused() {
    database.on<pg::claim_window>([](const auto&) -> caf::expected<int64_t> {
      return caf::make_error(ec::database_refused, std::string{"backfill c1 is paused"},
                             std::string{"NV008"}, std::string{"nova"});
    });
    start();
    wait_long();
  }

  void wait_long() {
    for (int i = 0; i < 12; ++i)
      advance(60s);
  }

  size_t claims_on(const std::string& node) const {
    auto claims = database.asked<pg::claim_window>();
    return static_cast<size_t>(std::count_if(claims.begin(), claims.end(), [&](const auto& claim) {
      return claim.node == node;
    }));
  }

  backfill_database_fake database;
  database_actor handle;
  discovery_wakeup_actor told;
  std::function<std::vector<window_host>()> hosts;
  backfill_actor child;
  backfill_settings settings;
  int ends = 0;
  bool gone = false;
  std::string ended_with;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(backfill_test, fixture)

BOOST_AUTO_TEST_CASE(each_window_is_claimed_and_listed_and_then_it_asks_what_is_left) {
  plan_windows(3);
  start();
  BOOST_TEST(database.asked<pg::claim_window>().size() == 3u);
  BOOST_TEST(database.asked<pg::claim_window>()[0].window == 1);
  BOOST_TEST(database.asked<pg::claim_window>()[0].token == 9);
  BOOST_TEST(database.asked<pg::open_window>()[0].token == 1);
  BOOST_TEST(database.asked<pg::begin_discovery>().size() == 2u);
  BOOST_TEST(ends == 1);
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(as_many_windows_as_the_setting_says_are_listed_at_one_time) {
  settings.windows_parallel = 2;
  plan_windows(5);
  refuses(ec::provider_transient);
  start();
  BOOST_TEST(database.asked<pg::claim_window>().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_pass_that_was_planned_meanwhile_is_listed_too) {
  plan_windows(1);
  answer = [this](const call_grant&) -> caf::result<api_answered> {
    if (calls.size() == 1)
      database.opened.windows.push_back({8, 5000, 0, ""});
    return an_answer(200, a_page(""));
  };
  start();
  BOOST_REQUIRE(database.asked<pg::claim_window>().size() == 2u);
  BOOST_TEST(database.asked<pg::claim_window>()[1].window == 8);
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(threads_wait_until_the_messages_of_all_windows_are_stored) {
  settings.strategy = discovery_strategy::messages;
  plan_windows(3);
  database.opened.windows.insert(database.opened.windows.begin(), {7, 500, 600, "threads:c7"});
  start();
  BOOST_REQUIRE(database.asked<pg::claim_window>().size() == 4u);
  for (size_t i = 0; i < 4; ++i)
    BOOST_TEST((database.asked<pg::claim_window>()[i].window == 7) == (i == 3));
}

BOOST_AUTO_TEST_CASE(failures_of_windows_in_a_row_fail_the_attempt_once) {
  settings.failures_max = 1;
  plan_windows(3);
  answers({an_answer(500, "no")});
  start();
  wait_long();
  BOOST_REQUIRE(database.asked<pg::fail_discovery>().size() == 1u);
  BOOST_TEST(database.asked<pg::fail_discovery>()[0].config.value == "c1");
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(a_paused_grant_ends_it_without_a_failure) {
  plan_windows(2);
  refuses(ec::grant_paused);
  start();
  BOOST_TEST(ended_with == "normal");
  BOOST_TEST(database.asked<pg::fail_discovery>().empty());
}

/// Else pausing it often enough would make it failed.
BOOST_AUTO_TEST_CASE(who_pauses_or_cancels_it_costs_no_attempt) {
  plan_windows(2);
  start_refused();
  BOOST_TEST(ended_with == "normal");
  BOOST_TEST(database.asked<pg::fail_discovery>().empty());
}

BOOST_AUTO_TEST_CASE(windows_are_where_fewest_are_and_move_when_a_node_takes_none) {
  plan_windows(4);
  // Its agent is no agent: whatever is asked there fails.
  auto elsewhere = caf::actor_cast<node_agent_actor>(grants);
  hosts = [elsewhere] {
    return std::vector<window_host>{{"here", std::nullopt}, {"there", peer{2, "there", elsewhere}}};
  };
  start();
  wait_long();
  BOOST_TEST(claims_on("there") >= 2u);
  BOOST_TEST(claims_on("here") >= 4u);
  BOOST_TEST(database.opened.windows.empty());
  BOOST_TEST(ended_with == "normal");
}

BOOST_AUTO_TEST_CASE(without_a_database_it_cannot_begin) {
  database.away = true;
  start();
  BOOST_TEST(ended_with == "database_unavailable");
}

namespace {

/// A year of ten windows, in which lists find so many messages.
struct surveyed_fixture : fixture {
  surveyed_fixture() {
    settings.survey = true;
    plan_windows(10);
    database.opened.backfill.inbox.value = "i1";
    database.opened.backfill.start = 1'700'000'000;
    database.opened.backfill.end = 1'700'000'000 + 365 * 86'400;
  }

  void of(const std::string& provider, const std::string& messages) {
    database.opened.backfill.provider = provider;
    answer = [this, messages](const call_grant& call) -> caf::result<api_answered> {
      // Windows, which compare ids too, are those of long ago.
      auto survey = call.call.target.find("select=id%2Cgrant_id") != std::string::npos
                    && call.call.target.find("received_after=880&") == std::string::npos;
      if (!survey)
        return an_answer(200, a_page(""));
      claims_before_survey += database.asked<pg::claim_window>().size();
      ++surveys;
      return messages.empty() ? an_answer(500, "{}") : an_answer(200, a_page(messages));
    };
  }

  size_t claims_before_survey = 0;
  int surveys = 0;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(where_mail_is_billed_it_looks_how_much_there_is_before_any_window,
                        surveyed_fixture) {
  of("google", a_message("m1") + ',' + a_message("m2"));
  start();
  auto kept = database.asked<pg::keep_samples>();
  BOOST_REQUIRE(kept.size() == 1u);
  BOOST_TEST(kept[0].inbox.value == "i1");
  // So little mail is listed as fast as it is surveyed.
  BOOST_TEST(kept[0].samples.size() == 3u);
  BOOST_TEST(kept[0].samples[0].messages == 2);
  BOOST_TEST(claims_before_survey == 0u);
  BOOST_TEST(database.asked<pg::claim_window>().size() >= 10u);
}

BOOST_FIXTURE_TEST_CASE(elsewhere_windows_do_not_wait_for_the_survey, surveyed_fixture) {
  of("microsoft", a_message("m1"));
  start();
  BOOST_TEST(database.asked<pg::keep_samples>().size() == 1u);
  BOOST_TEST(claims_before_survey > 0u);
}

BOOST_FIXTURE_TEST_CASE(a_survey_that_is_refused_holds_nothing_up, surveyed_fixture) {
  of("google", "");
  start();
  BOOST_TEST(surveys == 1);
  BOOST_TEST(database.asked<pg::keep_samples>().empty());
  BOOST_TEST(database.asked<pg::claim_window>().size() >= 10u);
}

BOOST_FIXTURE_TEST_CASE(what_was_begun_before_is_not_surveyed_again, surveyed_fixture) {
  of("google", a_message("m1"));
  database.opened.windows[3].cursor = "check:";
  start();
  BOOST_TEST(surveys == 0);
}

BOOST_AUTO_TEST_SUITE_END()
