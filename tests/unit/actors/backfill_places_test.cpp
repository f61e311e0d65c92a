#include "actors/hosted_backfill.hpp"
#include "tests/unit/actors/backfills_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <map>

using namespace nova;
using namespace nova::test;

namespace {

/// Holds the leases; the backfills run on the nodes 2 and 3 in their order, as far as these take
/// them.
struct fixture : leased_backfills_fixture {
  struct host {
    std::shared_ptr<actor_directory> directory;
    caf::actor keeper;
    hosting_agent_actor agent;
    bool open = true;
  };

  fixture() {
    place = [this](const config_id&, const std::set<int64_t>& refused) -> std::optional<peer> {
      for (auto& [id, one] : hosts)
        if (!refused.contains(id))
          return peer{id, "n" + std::to_string(id), one.agent};
      return {};
    };
  }

  ~fixture() {
    for (auto& [id, one] : hosts) {
      self->send_exit(one.agent, caf::exit_reason::kill);
      self->send_exit(one.keeper, caf::exit_reason::kill);
    }
    run();
  }

  void add_host(int64_t id) {
    auto& one = hosts[id];
    one.directory = std::make_shared<actor_directory>(clock());
    one.keeper =
      system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
    node_agent_setup setup;
    setup.directory = one.directory;
    setup.open = [&one] { return one.open; };
    setup.hosted["backfill"] =
      host_backfills({database_there, grants, {}, one.directory}, {},
                     [&one] { return caf::actor_cast<caf::strong_actor_ptr>(one.keeper); });
    one.agent = system.spawn(node_agent, std::move(setup));
  }

  void start_with_hosts(std::vector<int64_t> ids) {
    database_there = there.spawn(system);
    there.opened = database.opened;
    for (auto id : ids)
      add_host(id);
    find({config_1});
    start();
    told(config_1, 7);
  }

  size_t running_on(int64_t id) {
    return hosts.at(id).directory->snapshot({.kind = "backfill", .key = {}, .parent = {}}).size();
  }

  backfill_database_fake there;
  database_actor database_there;
  std::map<int64_t, host> hosts;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(backfill_places_test, fixture)

BOOST_AUTO_TEST_CASE(a_backfill_runs_on_the_node_that_was_chosen_under_the_lease_of_this_one) {
  start_with_hosts({2, 3});
  BOOST_TEST(running_on(2) == 1u);
  BOOST_TEST(running_on(3) == 0u);
  BOOST_TEST(running() == 0u);
  BOOST_REQUIRE(there.asked<pg::begin_discovery>().size() == 1u);
  BOOST_TEST(there.asked<pg::begin_discovery>()[0].token == 7);
  BOOST_TEST(there.asked<pg::begin_discovery>()[0].config.value == config_1);
}

BOOST_AUTO_TEST_CASE(a_node_that_drains_gives_it_up_and_the_next_one_goes_on_at_once) {
  start_with_hosts({2, 3});
  self->send_exit(hosts[2].keeper, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(running_on(2) == 0u);
  BOOST_TEST(running_on(3) == 1u);
  BOOST_TEST(dropped.empty());
  BOOST_TEST(there.asked<pg::begin_discovery>().size() == 2u);
  BOOST_TEST(directory->failures().empty());
}

BOOST_AUTO_TEST_CASE(a_node_that_an_operator_drains_gives_it_up_and_takes_no_other) {
  start_with_hosts({2, 3});
  hosts[2].open = false;
  caf::anon_send(hosts[2].agent, yield_children{});
  run();
  BOOST_TEST(running_on(2) == 0u);
  BOOST_TEST(running_on(3) == 1u);
  BOOST_TEST(dropped.empty());

  self->send_exit(hosts[3].agent, caf::exit_reason::remote_link_unreachable);
  run();
  BOOST_TEST(running_on(2) == 0u);
  BOOST_TEST(running() == 1u); // no other node: here
}

BOOST_AUTO_TEST_CASE(a_lost_node_counts_against_nobody) {
  start_with_hosts({2});
  self->send_exit(hosts[2].agent, caf::exit_reason::remote_link_unreachable);
  run();
  BOOST_TEST(running() == 1u); // no other node: here
  BOOST_TEST(dropped.empty());
  BOOST_TEST(directory->failures().empty());
}

BOOST_AUTO_TEST_CASE(nodes_that_do_not_take_it_are_asked_once) {
  database_there = there.spawn(system);
  for (int64_t id : {2, 3}) {
    add_host(id);
    self->send_exit(hosts[id].keeper, caf::exit_reason::user_shutdown);
    hosts[id].keeper = nullptr;
  }
  run();
  find({config_1});
  start();
  told(config_1, 7);
  BOOST_TEST(running() == 1u);
  BOOST_TEST(there.asked<pg::begin_discovery>().empty());
  BOOST_TEST(directory->failures().empty());
}

BOOST_AUTO_TEST_CASE(its_end_over_there_gives_the_lease_back) {
  answer = [](const call_grant&) -> caf::result<api_answered> {
    return an_answer(200, a_page(""));
  };
  start_with_hosts({2});
  BOOST_TEST(running_on(2) == 0u);
  BOOST_TEST(there.asked<pg::record_page>().size() == 1u);
  BOOST_TEST(there.asked<pg::begin_discovery>().front().token == 7);
  BOOST_TEST(dropped == names{lease_1});
}

BOOST_AUTO_TEST_CASE(a_lost_lease_ends_it_wherever_it_runs) {
  start_with_hosts({2});
  told(config_1, 0);
  BOOST_TEST(running_on(2) == 0u);
  BOOST_TEST(running() == 0u);
  BOOST_TEST(directory->failures().empty());
}

BOOST_AUTO_TEST_CASE(its_crash_over_there_is_recorded_with_its_text) {
  start_with_hosts({2});
  auto child = hosts[2].directory->find("backfill/" + std::string{config_1});
  BOOST_REQUIRE(child.size() == 1u);
  caf::anon_send(caf::actor_cast<caf::actor>(there.opener),
                 caf::exit_msg{there.opener->address(), caf::make_error(ec::crashed, "no luck")});
  there.opener = nullptr;
  run();
  auto failures = directory->failures();
  BOOST_REQUIRE(failures.size() == 1u);
  BOOST_TEST(failures[0].reason.find("no luck") != std::string::npos);
  BOOST_TEST(dropped == names{lease_1});
}

BOOST_AUTO_TEST_CASE(what_a_peer_may_ask_for_is_checked) {
  database_there = there.spawn(system);
  add_host(2);
  run();
  auto refusal = [&](const std::string& key, const std::string& arguments) {
    std::string said;
    spawn_child_here request{"backfill", key, arguments, 1,
                             caf::actor_cast<caf::strong_actor_ptr>(self)};
    ask(
      hosts[2].agent, request, [](const child_here&) {},
      [&](const caf::error& e) { said = describe(e); });
    return said;
  };
  BOOST_TEST(refusal("config-id", token_arguments(7)).find("'config-id' is no configuration")
             != std::string::npos);
  for (const char* arguments : {"", "7", "{}", R"({"token":0})", R"({"token":"7"})"})
    BOOST_TEST(refusal(config_1, arguments).find("needs its fencing token") != std::string::npos,
               arguments);
  BOOST_TEST(refusal(config_1, token_arguments(7)).empty());
}

BOOST_AUTO_TEST_SUITE_END()
