#include "pg/error.hpp"
#include "pg/messenger/messenger_ages.hpp"
#include "pg/messenger/messenger_claim.hpp"
#include "pg/messenger/messenger_complete.hpp"
#include "pg/messenger/messenger_extend.hpp"
#include "pg/messenger/messenger_fail.hpp"
#include "pg/messenger/messenger_failed_list.hpp"
#include "pg/messenger/messenger_failed_page.hpp"
#include "pg/messenger/messenger_failed_remove.hpp"
#include "pg/messenger/messenger_failed_retry.hpp"
#include "pg/messenger/messenger_failed_show.hpp"
#include "pg/messenger/messenger_prune.hpp"
#include "pg/messenger/messenger_release.hpp"
#include "pg/messenger/messenger_rescue.hpp"
#include "pg/messenger/messenger_run_schedules.hpp"
#include "pg/messenger/messenger_schedule_enable.hpp"
#include "pg/messenger/messenger_schedules.hpp"
#include "pg/messenger/messenger_send.hpp"
#include "pg/messenger/messenger_stats.hpp"
#include "pg/messenger/messenger_transport_pause.hpp"
#include "pg/messenger/messenger_transports.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace nova;
using namespace std::chrono_literals;
using pg::message_outcome;

namespace {

constexpr sql::statement make_due{"make_due",
                                  "update nova.messenger_delayed set due_at = clock_timestamp()"};
constexpr sql::statement add_schedule{
  "add_schedule", "insert into messenger_schedules (name, kind, every, type, next_run_at) values "
                  "($1, 'interval', '1 hour', 'tick', now())"};
constexpr sql::statement make_schedules_due{"make_schedules_due",
                                            "update messenger_schedules set next_run_at = now()"};

struct fixture : test::database_fixture {
  int64_t send(std::string_view message) {
    return perform(pg::messenger_send{{std::string{message}}}).at(0).id;
  }

  std::vector<pg::claimed_message> claim(int32_t limit = 10) {
    return perform(pg::messenger_claim{.worker = "w", .limit = limit});
  }

  /// One message that failed for good.
  std::string fail_one(std::string_view message = R"({"type": "t", "max_attempts": 1})") {
    send(message);
    auto taken = claim(1).at(0);
    perform(pg::messenger_fail{{taken.id}, {taken.token}, {"no route"}, {"net"}, {"retry"}});
    return perform(pg::messenger_failed_list{}).at(0).id;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(messenger_test, fixture)

BOOST_AUTO_TEST_CASE(a_message_is_claimed_as_it_was_sent) {
  auto id = send(R"({"type": "mail", "body": {"to": "a\"b"}, "headers": {"h": 1}, "queue": "q"})");

  auto taken = claim();

  BOOST_REQUIRE(taken.size() == 1u);
  BOOST_TEST(taken[0].id == id);
  BOOST_TEST(taken[0].token > 0);
  BOOST_TEST(taken[0].type == "mail");
  BOOST_TEST(taken[0].body == R"({"to": "a\"b"})");
  BOOST_TEST(taken[0].headers == R"({"h": 1})");
  BOOST_TEST(taken[0].queue == "q");
  BOOST_TEST(taken[0].attempts == 0);
  BOOST_TEST(taken[0].deliveries == 1);
}

BOOST_AUTO_TEST_CASE(a_key_that_is_taken_gives_the_first_id) {
  auto first = perform(pg::messenger_send{{R"({"type": "a", "idempotency_key": "k"})"}});
  auto both =
    perform(pg::messenger_send{{R"({"type": "b"})", R"({"type": "a", "idempotency_key": "k"})"}});

  BOOST_REQUIRE(both.size() == 2u);
  BOOST_TEST(both[0].created);
  BOOST_TEST(!both[1].created);
  BOOST_TEST(both[1].id == first[0].id);
}

BOOST_AUTO_TEST_CASE(only_the_queues_that_are_asked_for_are_claimed) {
  send(R"({"type": "a", "queue": "one"})");
  send(R"({"type": "b", "queue": "two"})");

  auto taken = perform(pg::messenger_claim{.queues = {"two", "three"}, .worker = "w", .limit = 5});

  BOOST_REQUIRE(taken.size() == 1u);
  BOOST_TEST(taken[0].type == "b");
}

BOOST_AUTO_TEST_CASE(what_became_of_each_is_told_in_order) {
  send(R"({"type": "a"})");
  send(R"({"type": "b"})");
  auto taken = claim();

  auto told = perform(pg::messenger_complete{{taken[1].id, 12345, taken[0].id},
                                             {taken[1].token, 1, taken[0].token + 1}});

  BOOST_TEST(
    (told
     == std::vector{message_outcome::completed, message_outcome::gone, message_outcome::stale}));
}

BOOST_AUTO_TEST_CASE(a_claim_is_extended_and_given_back) {
  send(R"({"type": "a"})");
  auto taken = claim();

  BOOST_TEST((perform(pg::messenger_extend{{taken[0].id}, {taken[0].token}, 1h})
              == std::vector{message_outcome::extended}));
  BOOST_TEST((perform(pg::messenger_release{{taken[0].id}, {taken[0].token}, 0ms})
              == std::vector{message_outcome::released}));
  BOOST_TEST((perform(pg::messenger_extend{{taken[0].id}, {taken[0].token}, 1h})
              == std::vector{message_outcome::stale}));
  BOOST_TEST(claim().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_failure_is_retried_and_then_kept) {
  send(R"({"type": "a", "max_attempts": 2})");
  auto first = claim().at(0);
  BOOST_TEST((perform(pg::messenger_fail{{first.id}, {first.token}, {"x"}, {"net"}, {"retry"}})
              == std::vector{message_outcome::retrying}));
  conn.exec(make_due);
  auto second = claim().at(0);

  BOOST_TEST(second.attempts == 1);
  BOOST_TEST((perform(pg::messenger_fail{{second.id}, {second.token}, {"y"}, {"net"}, {"retry"}})
              == std::vector{message_outcome::failed}));
  BOOST_TEST(perform(pg::messenger_failed_list{}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(messages_of_a_dead_worker_come_back) {
  send(R"({"type": "a"})");
  claim();

  BOOST_TEST(perform(pg::messenger_rescue{{"other"}}) == 0u);
  BOOST_TEST(perform(pg::messenger_rescue{{"w"}}) == 1u);
  BOOST_TEST(claim().size() == 1u);
}

BOOST_AUTO_TEST_CASE(failed_messages_are_filtered) {
  fail_one(R"({"type": "a", "max_attempts": 1})");

  BOOST_TEST(perform(pg::messenger_failed_list{.type = "a"}).size() == 1u);
  BOOST_TEST(perform(pg::messenger_failed_list{.error_class = "net"}).size() == 1u);
  BOOST_TEST(perform(pg::messenger_failed_list{.type = "b"}).empty());
  BOOST_TEST(perform(pg::messenger_failed_list{.transport = "other"}).empty());
  BOOST_TEST(perform(pg::messenger_failed_list{.since = 4'000'000'000}).empty());
}

BOOST_AUTO_TEST_CASE(failed_messages_come_by_page_without_what_fails_meanwhile) {
  std::vector<std::string> all;
  for (int i = 0; i < 5; ++i)
    all.push_back(fail_one(R"({"type": "a", "max_attempts": 1})"));
  // Failed at one moment: the id decides.
  conn.run("update messenger_failed_messages set failed_at = now()");
  std::sort(all.begin(), all.end());

  pg::messenger_failed_page page{.filter = {.type = "a", .limit = 2}};
  std::vector<std::string> seen;
  for (auto found = perform(page); !found.ids.empty(); found = perform(page)) {
    seen.insert(seen.end(), found.ids.begin(), found.ids.end());
    page.after = found.last;
    page.after_id = found.ids.back();
    page.until = page.until == 0 ? found.now : page.until;
    fail_one(R"({"type": "a", "max_attempts": 1})");
  }

  BOOST_TEST(seen == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_failed_message_is_shown_whole) {
  auto id = fail_one(R"({"type": "t", "max_attempts": 1, "body": [1], "tenant_id": "ten"})");

  auto shown = perform(pg::messenger_failed_show{id});

  BOOST_REQUIRE(shown.has_value());
  BOOST_TEST(shown->error == "no route");
  BOOST_TEST(shown->error_class == "net");
  BOOST_TEST(shown->tenant == "ten");
  BOOST_TEST(shown->worker == "w");
  BOOST_TEST(shown->body == "[1]");
  BOOST_TEST(shown->attempts == 1);
  BOOST_TEST(shown->retried_as == 0);
  BOOST_TEST(
    !perform(pg::messenger_failed_show{"2d6495df-1a4e-486a-8168-229c96e75428"}).has_value());
}

BOOST_AUTO_TEST_CASE(a_failed_message_is_sent_again_once) {
  auto id = fail_one();

  auto first = perform(pg::messenger_failed_retry{.ids = {id}, .by = "ann"});
  auto second = perform(pg::messenger_failed_retry{.ids = {id}, .by = "ann"});

  BOOST_TEST(first.at(0).outcome == "retried");
  BOOST_TEST(second.at(0).outcome == "already_retried");
  BOOST_TEST(claim().at(0).id == first[0].message_id);
  BOOST_TEST(perform(pg::messenger_failed_show{id})->retried_by == "ann");
  BOOST_TEST(perform(pg::messenger_failed_list{}).empty());
  BOOST_TEST(perform(pg::messenger_failed_list{.retried = true}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(failed_messages_are_removed) {
  auto id = fail_one();

  auto removed = perform(pg::messenger_failed_remove{{id, "2d6495df-1a4e-486a-8168-229c96e75428"}});

  BOOST_TEST(removed == std::vector{id}, boost::test_tools::per_element());
  BOOST_TEST(perform(pg::messenger_failed_list{}).empty());
}

BOOST_AUTO_TEST_CASE(the_figures_of_a_queue) {
  send(R"({"type": "a", "queue": "q"})");
  send(R"({"type": "a", "queue": "q"})");
  send(R"({"type": "a", "queue": "q", "delay": "1 hour"})");
  claim(1);

  auto rows = perform(pg::messenger_stats{});

  BOOST_REQUIRE(rows.size() == 1u);
  BOOST_TEST(rows[0].queue == "q");
  BOOST_TEST(rows[0].ready == 1);
  BOOST_TEST(rows[0].delayed == 1);
  BOOST_TEST(rows[0].running == 1);
  BOOST_TEST(rows[0].failed == 0);
}

BOOST_AUTO_TEST_CASE(a_schedule_is_run_and_paused) {
  conn.exec(add_schedule, "tick");
  BOOST_TEST(perform(pg::messenger_run_schedules{}) == 0u);
  conn.exec(make_schedules_due);

  BOOST_TEST(perform(pg::messenger_run_schedules{}) == 1u);
  BOOST_TEST(perform(pg::messenger_schedule_enable{"tick", false}));
  BOOST_TEST(!perform(pg::messenger_schedule_enable{"none", false}));

  auto rows = perform(pg::messenger_schedules{});
  BOOST_REQUIRE(rows.size() == 1u);
  BOOST_TEST(rows[0].runs == 1);
  BOOST_TEST(!rows[0].enabled);
  BOOST_TEST(rows[0].next_run_at == 0);
  BOOST_TEST(rows[0].schedule == "01:00:00");
}

BOOST_AUTO_TEST_CASE(a_paused_transport_gives_nothing_out) {
  send(R"({"type": "a"})");
  perform(pg::messenger_transport_pause{"default", true});
  BOOST_TEST(claim().empty());
  BOOST_TEST(perform(pg::messenger_transports{}).at(0).paused);

  perform(pg::messenger_transport_pause{"default", false});
  BOOST_TEST(claim().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_bad_message_is_refused_with_its_place) {
  auto names_its_place = [](const pg::error& failure) {
    return failure.kind() == pg::failure::refused && failure.sqlstate() == "22023"
           && std::string_view{failure.what()}.find("message 1 has no type")
                != std::string_view::npos;
  };
  BOOST_CHECK_EXCEPTION(send(R"({"typo": "a"})"), pg::error, names_its_place);
}

BOOST_AUTO_TEST_CASE(upkeep_removes_what_expired) {
  send(R"({"type": "a", "expires_at": "2020-01-01"})");
  BOOST_TEST(perform(pg::messenger_prune{}) == 1u);
  BOOST_TEST(perform(pg::messenger_prune{}) == 0u);
}

BOOST_FIXTURE_TEST_CASE(the_age_of_what_waits_is_that_of_the_message_which_is_next, fixture) {
  BOOST_TEST(perform(pg::messenger_ages{}).empty());
  send(R"({"type": "t"})");
  send(R"({"type": "t", "delay": "90 seconds"})");
  send(R"({"type": "t", "transport": "other", "delay": "1 hour"})");
  conn.run("update nova.messenger_ready set since = clock_timestamp() - interval '40 s'");

  auto ages = perform(pg::messenger_ages{});
  std::ranges::sort(ages, {}, &pg::transport_age::transport);
  BOOST_TEST_REQUIRE(ages.size() == 2u);
  BOOST_TEST((ages[0].ready_s >= 40 && ages[0].ready_s < 60), ages[0].ready_s);
  BOOST_TEST((ages[0].next_s && *ages[0].next_s > 60 && *ages[0].next_s <= 90));
  BOOST_TEST(ages[1].ready_s == 0);
  BOOST_TEST((ages[1].next_s && *ages[1].next_s > 3000));

  // What was due and nobody has promoted waits, too.
  conn.run("update nova.messenger_delayed set due_at = clock_timestamp() - interval '200 s'");
  for (const auto& one : perform(pg::messenger_ages{})) {
    BOOST_TEST((one.ready_s >= 200 && one.ready_s < 220), one.ready_s);
    BOOST_TEST(!one.next_s);
  }
}

BOOST_AUTO_TEST_SUITE_END()
