#include "actors/directory.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

using namespace nova;
using namespace std::chrono_literals;

namespace {

struct fixture {
  base::wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  actor_directory all{[this] { return now; }};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(directory_test, fixture)

BOOST_AUTO_TEST_CASE(an_actor_is_listed_from_open_to_its_last_slot) {
  auto first = all.open({"thread_sync", "t1", "thread_dispatcher"});
  auto second = first;
  first = {};
  BOOST_TEST(all.snapshot().size() == 1u);
  second = {};
  BOOST_TEST(all.snapshot().empty());
  BOOST_TEST(all.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_row_says_what_is_done_since_when) {
  auto slot = all.open({"thread_sync", "t1", "thread_dispatcher"});
  auto start = now;
  now += 3s;
  slot.doing("fetching messages of thread t1, page 3");
  now += 1s;
  auto row = all.snapshot().at(0);
  BOOST_TEST(row.name.path() == "thread_sync/t1");
  BOOST_TEST(row.name.parent == "thread_dispatcher");
  BOOST_TEST(row.doing == "fetching messages of thread t1, page 3");
  BOOST_TEST((row.started_at == start));
  BOOST_TEST((row.doing_since == start + 3s));
}

BOOST_AUTO_TEST_CASE(a_long_sentence_is_cut_between_characters) {
  auto slot = all.open({"a", "", ""});
  slot.doing(std::string(199, 'x') + "\xC3\xA4 and more");
  BOOST_TEST(slot.doing() == std::string(199, 'x'));
}

BOOST_AUTO_TEST_CASE(what_came_in_and_is_not_handled_waits_and_so_does_what_is_held) {
  auto slot = all.open({"a", "", ""});
  BOOST_TEST(!all.snapshot().at(0).counts);
  auto activity = std::make_shared<actor_activity>();
  slot.adopt(activity, {});
  BOOST_TEST(all.snapshot().at(0).counts);
  activity->received = 5;
  activity->handled = 2;
  BOOST_TEST(all.snapshot().at(0).waiting == 3u);
  slot.holds(4);
  BOOST_TEST(all.snapshot().at(0).waiting == 7u);
  activity->handled = 9;
  BOOST_TEST(all.snapshot().at(0).waiting == 4u);
  slot.restarted();
  BOOST_TEST(all.snapshot().at(0).waiting == 0u);
}

BOOST_AUTO_TEST_CASE(a_restart_counts_and_keeps_the_failure) {
  auto slot = all.open({"a", "", ""});
  slot.doing("dividing");
  slot.failed("by zero");
  now += 1s;
  slot.restarted();
  auto row = all.snapshot().at(0);
  BOOST_TEST(row.restarts == 1u);
  BOOST_TEST(row.last_failure == "by zero");
  BOOST_TEST(row.doing.empty());
  BOOST_TEST((row.started_at == now));
}

BOOST_AUTO_TEST_CASE(a_filter_lets_through_what_equals_each_given_field) {
  auto a = all.open({"backfill", "1", "supervisor/x"});
  auto b = all.open({"backfill", "2", "supervisor/y"});
  auto c = all.open({"grant", "1", "supervisor/y"});
  BOOST_TEST(all.snapshot({.kind = "backfill", .key = {}, .parent = {}}).size() == 2u);
  BOOST_TEST(all.snapshot({.kind = {}, .key = "1", .parent = {}}).size() == 2u);
  BOOST_TEST(all.snapshot({.kind = "backfill", .key = {}, .parent = "supervisor/y"}).at(0).name.key
             == "2");
  BOOST_TEST(all.snapshot({.kind = {}, .key = {}, .parent = {}, .rows_max = 1}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_last_thousand_failures_are_kept_and_can_be_followed) {
  for (auto i = 0; i < 1001; ++i)
    all.record({{"a", std::to_string(i), ""}, "reason", "", 0, now});
  auto kept = all.failures();
  BOOST_TEST(kept.size() == 1000u);
  BOOST_TEST(kept.front().name.key == "1");
  BOOST_TEST(kept.back().number == 1001u);
  BOOST_TEST(all.failures(1000).size() == 1u);
  BOOST_TEST(all.failures(1001).empty());
}

BOOST_AUTO_TEST_CASE(a_slot_may_outlive_the_directory_or_have_none) {
  directory_slot slot;
  slot.doing("nothing");
  BOOST_TEST(slot.doing().empty());
  {
    actor_directory gone;
    slot = gone.open({"a", "b", ""});
  }
  slot.doing("still here");
  BOOST_TEST(slot.doing() == "still here");
}

BOOST_AUTO_TEST_CASE(actors_come_and_go_while_others_look) {
  std::atomic<bool> over{false};
  auto churn = [&] {
    for (auto i = 0; i < 20'000; ++i) {
      auto slot = all.open({"thread_sync", std::to_string(i), ""});
      slot.doing("first a sentence that does not fit into the string itself");
      slot.holds(1);
    }
  };
  auto look = std::jthread{[&] {
    while (!over)
      for (const auto& row : all.snapshot())
        if (!row.doing.empty() && !row.doing.starts_with("first a"))
          std::abort();
  }};
  {
    auto one = std::jthread{churn};
    auto two = std::jthread{churn};
  }
  over = true;
  look.join();
  BOOST_TEST(all.size() == 0u);
  BOOST_TEST(all.snapshot().empty());
}

BOOST_AUTO_TEST_CASE(a_loop_that_fails_is_told_of_once_and_then_each_minute) {
  auto slot = all.open({"thread_dispatcher", "", ""});
  slot.doing("12 threads");
  auto start = now;
  BOOST_TEST(slot.works("claim threads") == 0u); // nothing failed
  BOOST_TEST(slot.fails("claim threads", "no such function") == 1u);
  now += 59s;
  BOOST_TEST(slot.fails("claim threads", "no such function") == 0u);
  now += 1s;
  BOOST_TEST(slot.fails("claim threads", "no permission") == 3u);
  BOOST_TEST(slot.fails("write failures", "no space left") == 1u); // each by itself

  auto row = all.snapshot().at(0);
  BOOST_REQUIRE(row.failing.size() == 2u);
  BOOST_TEST(row.failing[0].reason == "no permission");
  BOOST_TEST(row.failing[0].times == 3u);
  BOOST_TEST((row.failing[0].since == start));
  BOOST_TEST(row.doing == "cannot claim threads, 3 times: no permission");
  BOOST_TEST((row.doing_since == start));

  BOOST_TEST(slot.works("claim threads") == 3u);
  BOOST_TEST(slot.works("claim threads") == 0u);
  BOOST_TEST(slot.works("write failures") == 1u);
  BOOST_TEST(all.snapshot().at(0).doing == "12 threads");
}

BOOST_AUTO_TEST_CASE(who_starts_again_fails_no_more) {
  auto slot = all.open({"thread_dispatcher", "", ""});
  BOOST_TEST(slot.fails("claim threads", "no such function") == 1u);
  slot.restarted();
  BOOST_TEST(all.snapshot().at(0).failing.empty());
}

BOOST_AUTO_TEST_SUITE_END()
