#include "tests/unit/actors/backfills_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(backfills_test, backfills_fixture)

BOOST_AUTO_TEST_CASE(each_configuration_gets_one_backfill_however_often_it_is_found) {
  find({config_1, config_2});
  start();
  BOOST_TEST(running() == 2u);
  advance(5s);
  self->send(keeper, start_backfill{config_id{config_1}});
  run();
  BOOST_TEST(running() == 2u);
  BOOST_TEST(database.asked<pg::begin_discovery>().size() == 2u);
}

BOOST_AUTO_TEST_CASE(no_more_are_listed_at_one_time_than_allowed) {
  settings.running_max = 1;
  find({config_1, config_2});
  start();
  BOOST_TEST(running() == 1u);
}

BOOST_AUTO_TEST_CASE(inboxes_that_cannot_be_called_are_left_alone) {
  find({config_1}, "auth_expired");
  find({config_2}, "disabled");
  start();
  BOOST_TEST(running() == 0u);
}

BOOST_AUTO_TEST_CASE(it_looks_again_when_the_database_is_back) {
  find({config_1});
  database.away = true;
  start();
  database.away = false;
  advance(1s);
  BOOST_TEST(running() == 1u);
}

BOOST_AUTO_TEST_CASE(a_crashed_backfill_is_recorded_and_started_again_after_a_pause) {
  find({config_1});
  answer = [](const call_grant&) -> caf::result<api_answered> {
    return an_answer(200, a_page(""));
  };
  start();
  // It ended normally; the next one is killed while it runs.
  database.opened.windows.push_back({1, 1000, 1100, ""});
  answer = [this](const call_grant&) -> caf::result<api_answered> {
    auto caller = caf::actor_cast<caf::actor>(database.opener);
    caf::anon_send(caller, caf::exit_msg{caller.address(), caf::make_error(ec::crashed)});
    return an_answer(429, an_error("rate_limit_error", ""));
  };
  advance(2s);
  BOOST_TEST(!gone);
  BOOST_TEST(running() == 0u);
  auto failures = directory->failures();
  BOOST_REQUIRE(failures.size() == 1u);
  BOOST_TEST(failures[0].name.kind == "backfill");
  BOOST_TEST(failures[0].name.key == config_1);

  auto before = database.asked<pg::begin_discovery>().size();
  advance(1999ms);
  BOOST_TEST(database.asked<pg::begin_discovery>().size() == before);
  advance(1ms);
  BOOST_TEST(database.asked<pg::begin_discovery>().size() == before + 1);
}

BOOST_AUTO_TEST_CASE(a_job_starts_its_backfill_and_is_removed) {
  start();
  auto ended = job(R"({"config_id":")" + std::string{config_1} + R"("})");
  BOOST_TEST((ended.disposition == message_disposition::removed));
  BOOST_TEST(running() == 1u);
}

BOOST_AUTO_TEST_CASE(a_malformed_job_is_archived_with_the_reason) {
  start();
  for (const auto* body : {"", "[]", "{}", R"({"config_id":7})", R"({"config_id":"nonsense"})"}) {
    auto ended = job(body);
    BOOST_TEST((ended.disposition == message_disposition::archived), body);
    BOOST_TEST(!ended.reason.empty(), body);
  }
  BOOST_TEST(running() == 0u);
}

BOOST_AUTO_TEST_CASE(a_job_that_the_database_cannot_open_now_is_tried_again) {
  start();
  database.away = true;
  auto ended = job(R"({"config_id":")" + std::string{config_1} + R"("})");
  BOOST_TEST(ended.reason == "database_unavailable");
}

BOOST_AUTO_TEST_CASE(its_backfills_end_with_it) {
  find({config_1, config_2});
  start();
  self->send_exit(keeper, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(gone);
  BOOST_TEST(running() == 0u);
}

BOOST_FIXTURE_TEST_CASE(in_a_cluster_nothing_is_listed_without_the_lease,
                        leased_backfills_fixture) {
  find({config_1});
  start();
  BOOST_TEST(running() == 0u);
  BOOST_TEST(wanted == names{lease_1});
  advance(5s);
  BOOST_TEST(wanted == names{lease_1}); // once
  told(config_1, 7);
  BOOST_TEST(running() == 1u);
  BOOST_REQUIRE(!database.asked<pg::begin_discovery>().empty());
  BOOST_TEST(database.asked<pg::begin_discovery>().back().token == 7);
}

BOOST_FIXTURE_TEST_CASE(who_loses_the_lease_ends_its_backfill_without_a_failure,
                        leased_backfills_fixture) {
  find({config_1});
  start();
  told(config_1, 7);
  told(config_1, 0);
  BOOST_TEST(running() == 0u);
  BOOST_TEST(directory->failures().empty());
  BOOST_TEST(!gone);
  told(config_1, 9);
  advance(2s);
  told(config_1, 9);
  BOOST_TEST(running() == 1u);
  BOOST_TEST(database.asked<pg::begin_discovery>().back().token == 9);
}

BOOST_FIXTURE_TEST_CASE(the_lease_of_an_ended_backfill_is_given_back, leased_backfills_fixture) {
  find({config_1});
  answer = [](const call_grant&) -> caf::result<api_answered> {
    return an_answer(200, a_page(""));
  };
  start();
  told(config_1, 7);
  BOOST_TEST(running() == 0u);
  BOOST_TEST(database.asked<pg::begin_discovery>().back().token == 7);
  BOOST_TEST(dropped == names{lease_1});
}

BOOST_FIXTURE_TEST_CASE(what_another_node_has_listed_is_not_wished_for_any_more,
                        leased_backfills_fixture) {
  find({config_1});
  start();
  database.found.clear();
  advance(5s);
  BOOST_TEST(dropped == names{lease_1});
}

BOOST_FIXTURE_TEST_CASE(a_keeper_that_ends_gives_all_leases_back, leased_backfills_fixture) {
  find({config_1});
  start();
  told(config_1, 7);
  self->send_exit(keeper, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(dropped == names{lease_1});
}

BOOST_AUTO_TEST_SUITE_END()
