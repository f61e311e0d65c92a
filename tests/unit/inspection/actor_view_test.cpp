#include "inspection/actor_view.hpp"

#include "inspection/gathered_rows.hpp"
#include "json/json_reader.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

using namespace nova;
using namespace std::chrono_literals;

namespace {

using names = std::vector<std::string>;

struct fixture {
  base::wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  std::shared_ptr<actor_directory> directory =
    std::make_shared<actor_directory>([this] { return now; });
  inspection::actor_view view{
    {"n1", directory, [](uint16_t type) { return "m" + std::to_string(type); }}};
  std::vector<directory_slot> slots;
  std::map<std::string, std::shared_ptr<actor_activity>> counts;

  directory_slot& actor(const std::string& kind, const std::string& key = {},
                        uint64_t waiting = 0) {
    auto& slot = slots.emplace_back(directory->open({kind, key, "node/n1"}));
    auto activity = std::make_shared<actor_activity>();
    activity->received = waiting;
    slot.adopt(activity, {});
    counts[slot.name().path()] = activity;
    return slot;
  }

  names keys(const inspect_node& question) {
    names all;
    for (const auto& row : view.answer(question).actors)
      all.push_back(row.key.empty() ? row.kind : row.key);
    return all;
  }

  rapidjson::Document json(const inspection::gathered_rows& all) {
    rapidjson::Document parsed;
    BOOST_REQUIRE(json::parse(parsed, all.text()).has_value());
    return parsed;
  }

  rapidjson::Document json(const inspect_node& question) {
    inspection::gathered_rows all{"n1"};
    all.add(view.answer(question), "n1");
    return json(all);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(actor_view_test, fixture)

BOOST_AUTO_TEST_CASE(the_first_of_many_come_in_the_order_that_is_asked_for) {
  for (auto i : {5, 1, 9, 3, 7})
    actor("grant", std::to_string(i), static_cast<uint64_t>(i));
  BOOST_TEST(keys({.sort = "actor"}) == (names{"1", "3", "5", "7", "9"}),
             boost::test_tools::per_element());
  BOOST_TEST(keys({.sort = "-mailbox", .limit = 2}) == (names{"9", "7"}),
             boost::test_tools::per_element());
  BOOST_TEST(view.answer({.sort = "-mailbox", .limit = 2}).total == 5u);
  BOOST_TEST(keys({.sort = "actor", .limit = 0}).empty());
}

BOOST_AUTO_TEST_CASE(a_path_and_a_condition_choose) {
  actor("grant", "a", 3);
  actor("grant", "b", 8);
  actor("wakeups");
  BOOST_TEST(keys({.path = "grant", .sort = "key"}) == (names{"a", "b"}),
             boost::test_tools::per_element());
  BOOST_TEST(keys({.path = "grant/b"}) == names{"b"}, boost::test_tools::per_element());
  actor("singleton", "maintenance");
  BOOST_TEST(keys({.path = "maintenance"}) == names{"maintenance"},
             boost::test_tools::per_element());
  BOOST_TEST(keys({.where = "mailbox>5 and node=n1"}) == names{"b"},
             boost::test_tools::per_element());
  BOOST_TEST(keys({.where = "node=n2"}).empty());
  BOOST_TEST(view.answer({.where = "colour=red"}).status == 400u);
  BOOST_TEST(view.answer({.where = "colour=red"}).error.find("no column 'colour'")
             != std::string::npos);
  BOOST_TEST(view.answer({.where = "mailbox>"}).status == 400u);
}

BOOST_AUTO_TEST_CASE(who_is_at_one_thing_for_long_is_stuck) {
  actor("wakeups");
  actor("thread_sync", "slow").doing("fetching");
  actor("mail_store");
  counts["mail_store"]->busy_since = now.time_since_epoch().count();
  actor("grants", {}, 2);
  counts["grants"]->suspended = true;
  now += 5s;
  BOOST_TEST(keys({.sort = "actor", .stuck_for = 10.0}) == names{"grants"},
             boost::test_tools::per_element());
  now += 5s;
  BOOST_TEST(keys({.sort = "actor", .stuck_for = 10.0}) == (names{"grants", "mail_store", "slow"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_row_shows_every_column) {
  auto& slot = actor("grant", "g", 7);
  counts["grant/g"]->handled = 4;
  counts["grant/g"]->message = 12;
  slot.doing("throttled \x01 \"until\" then");
  now += 2s;
  auto rows = json(inspect_node{});
  BOOST_REQUIRE(rows["rows"].Size() == 1u);
  const auto& row = rows["rows"][0];
  BOOST_TEST(row.MemberCount() == 22u);
  BOOST_TEST(std::string{row["budget"].GetString()}.empty()); // no supervisor keeps it
  BOOST_TEST(std::string{row["actor"].GetString()} == "n1/grant/g");
  BOOST_TEST(std::string{row["parent"].GetString()} == "n1/node/n1");
  BOOST_TEST(std::string{row["state"].GetString()} == "idle");
  BOOST_TEST(std::string{row["message"].GetString()} == "m12");
  BOOST_TEST(std::string{row["now"].GetString()} == "throttled \x01 \"until\" then");
  BOOST_TEST(row["mailbox"].GetInt() == 3);
  BOOST_TEST(row["rate"].GetInt() == 2);
  BOOST_TEST(row["age_s"].GetInt() == 2);
  BOOST_TEST(rows["total"].GetInt() == 1);
  BOOST_TEST(rows["silent"].Empty());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_an_actor_is_a_finding) {
  actor("mail_store").doing("writing");
  counts["mail_store"]->busy_since = now.time_since_epoch().count();
  counts["mail_store"]->message = 3;
  actor("wakeups", {}, 1000);
  actor("grant", "g").doing("throttled for 3 s");
  auto loops = actor("thread_dispatcher");
  for (int i = 0; i < 3; ++i) {
    std::ignore = loops.fails("claim threads", "no such function");
    std::ignore =
      actor("certifier", std::to_string(i)).fails("plan certificates", "once is no trouble");
  }
  auto& down = actor("readiness");
  down.park(true);
  down.doing("parked by role/webhooks until it is restarted: no luck");
  actor("reconcile");
  counts["reconcile"]->suspended = true;
  auto& often = actor("grants");
  for (int i = 0; i < 3; ++i) {
    often.failed("by zero");
    often.restarted();
  }
  now += 10s;
  auto rows = json(inspect_node{.view = node_view::findings});
  names all;
  for (const auto& row : rows["rows"].GetArray())
    all.push_back(std::string{row["level"].GetString()} + ' ' + row["what"].GetString() + ": "
                  + row["text"].GetString() + " -> " + row["next"].GetString());
  std::ranges::sort(all);
  names wanted{
    "CRIT n1/mail_store: in m3 for 10 s, mailbox 0: writing -> why n1/mail_store",
    "CRIT n1/readiness: parked by role/webhooks until it is restarted: no luck -> restart "
    "n1/readiness",
    "WARN n1/grant/g: throttled for 3 s -> actor n1/grant/g",
    "WARN n1/grants: restarted 3 times: by zero -> crashes --group reason",
    "WARN n1/reconcile: suspended, mailbox 0 -> wake n1/reconcile",
    "WARN n1/thread_dispatcher: cannot claim threads, 3 times in a row: no such function -> actor "
    "n1/thread_dispatcher",
    "WARN n1/wakeups: mailbox 1000, 0 handled of 1000 -> why n1/wakeups",
  };
  BOOST_TEST(all == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_fails_again_and_again_for_long_is_critical) {
  auto loops = actor("thread_dispatcher");
  for (int i = 0; i < 3; ++i)
    std::ignore = loops.fails("claim threads", "no such function");
  now += 30s;
  auto rows = json(inspect_node{.view = node_view::findings});
  BOOST_REQUIRE(rows["rows"].Size() == 1u);
  BOOST_TEST(std::string{rows["rows"][0]["level"].GetString()} == "CRIT");
  std::ignore = loops.works("claim threads");
  BOOST_TEST(json(inspect_node{.view = node_view::findings})["rows"].Size() == 0u);
}

BOOST_AUTO_TEST_CASE(failures_come_the_newest_first) {
  for (const char* key : {"a", "b", "c"})
    directory->record({{"grant", key, ""}, std::string{"reason "} + key, "doing", 2, now});
  auto rows = json(inspect_node{.view = node_view::failures, .path = "grant", .limit = 2});
  BOOST_REQUIRE(rows["rows"].Size() == 2u);
  BOOST_TEST(std::string{rows["rows"][0]["actor"].GetString()} == "n1/grant/c");
  BOOST_TEST(std::string{rows["rows"][0]["at"].GetString()} == "2026-01-01T00:00:00.000Z");
  BOOST_TEST(rows["rows"][1]["restart"].GetInt() == 2);
  BOOST_TEST(rows["total"].GetInt() == 3);
}

BOOST_AUTO_TEST_CASE(only_so_many_follow_at_a_time) {
  for (int i = 0; i < 16; ++i)
    BOOST_TEST(view.answer({.view = node_view::trace, .session = std::to_string(i)}).status
               == 200u);
  BOOST_TEST(view.answer({.view = node_view::trace, .session = "one more"}).status == 429u);
  BOOST_TEST(view.answer({.view = node_view::trace, .session = "3"}).status == 200u);
}

BOOST_AUTO_TEST_CASE(rows_of_several_nodes_are_one_answer) {
  actor("wakeups");
  inspection::actor_view other{{"n2", directory}};
  inspection::gathered_rows all{"n1"};
  BOOST_TEST(!all.any());
  all.add(view.answer({}), "n1");
  all.add(other.answer({}), "n2");
  all.add_silent("n3", "no \"link\"");
  all.add(other.answer({.where = "nonsense"}), "n4");
  BOOST_TEST(all.any());
  auto rows = json(all);
  BOOST_TEST(rows["total"].GetInt() == 2);
  BOOST_TEST(std::string{rows["rows"][1]["actor"].GetString()} == "n2/wakeups");
  BOOST_TEST(std::string{rows["silent"][0]["reason"].GetString()} == "no \"link\"");
  BOOST_TEST(std::string{rows["silent"][1]["node"].GetString()} == "n4");
  BOOST_TEST(all.status() == 200);
}

BOOST_AUTO_TEST_CASE(a_refusal_of_the_asked_node_is_the_answer) {
  inspection::gathered_rows all{"n1"};
  all.add(view.answer({.where = "nonsense"}), "n1");
  BOOST_TEST(all.status() == 400);
  BOOST_TEST(json(all).HasMember("error"));
}

BOOST_AUTO_TEST_SUITE_END()
