#include "inspection/blast_radius.hpp"

#include "actors/child_standing.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

/// A node's tree in small.
struct fixture {
  fixture() {
    enter("node", "n1", "");
    for (const auto* kind : {"database", "grants", "mail_store", "roles", "links"})
      keep(kind, "", "node/n1", restart_strategy::rest_for_one);
    enter("database_worker", "1", "database");
    enter("grant", "g", "grants");
    for (const auto* role : {"threads", "completion"})
      keep("role", role, "roles", restart_strategy::one_for_one);
    for (const auto* kind : {"thread_dispatcher", "thread_jobs", "thread_reader"})
      keep(kind, "", "role/threads", restart_strategy::rest_for_one);
    enter("thread_sync", "t1", "thread_dispatcher");
    enter("thread_sync", "t2", "thread_dispatcher");
    keep("singleton", "completion_monitor", "role/completion", restart_strategy::rest_for_one);
    enter("completion_monitor", "", "singleton/completion_monitor");
    enter("node_agent", "", "links");
  }

  directory_slot& enter(const std::string& kind, const std::string& key,
                        const std::string& parent) {
    auto& slot = slots[key.empty() ? kind : kind + '/' + key];
    slot = directory->open({kind, key, parent});
    return slot;
  }

  /// As a supervisor does.
  void keep(const std::string& kind, const std::string& key, const std::string& supervisor,
            restart_strategy strategy, std::vector<base::wall_time> restarts = {}) {
    auto standing = std::make_shared<child_standing>();
    standing->order = ++orders[supervisor];
    standing->supervisor = supervisor;
    standing->rules.strategy = strategy;
    if (supervisor != "node/n1")
      standing->rules.beyond = beyond_limit::park;
    standing->restarts = std::move(restarts);
    enter(kind, key, supervisor).stand(std::move(standing));
  }

  std::string plan(const std::string& action, const std::string& path) {
    auto row = directory->find(path).at(0).row;
    return inspection::plan_of(action, row, row.standing != nullptr,
                               inspection::blast_radius_of(*directory, row));
  }

  base::wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  std::shared_ptr<actor_directory> directory =
    std::make_shared<actor_directory>([this] { return now; });
  std::map<std::string, directory_slot> slots;
  std::map<std::string, uint64_t> orders;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(blast_radius_test, fixture)

BOOST_AUTO_TEST_CASE(a_restart_says_who_restarts_with_it_and_what_is_lost) {
  BOOST_TEST(plan("restart", "mail_store")
             == "mail_store is stopped and started again by node/n1; restarts with it: roles (10 "
                "actors), links (2 actors); the links of this node drop for about a second; given "
                "back: 2 claimed threads and 1 lease");
  BOOST_TEST(plan("restart", "links")
             == "links is stopped and started again by node/n1, with 1 actor below; the links of "
                "this node drop for about a second");
  BOOST_TEST(plan("restart", "thread_jobs")
             == "thread_jobs is stopped and started again by role/threads; restarts with it: "
                "thread_reader");
  BOOST_TEST(plan("restart", "role/completion")
             == "role/completion is stopped and started again by roles, with 2 actors below; given "
                "back: 1 lease");
}

BOOST_AUTO_TEST_CASE(a_kill_says_who_starts_it_again_and_how_often_still) {
  BOOST_TEST(plan("kill", "thread_reader")
             == "thread_reader ends at once; role/threads starts it again; restarts 0 of 5 in 60 "
                "s, next after 50 ms, beyond it: parked by role/threads");
  keep("thread_jobs", "", "role/threads", restart_strategy::rest_for_one,
       std::vector<base::wall_time>(5, now));
  slots["thread_reader"] = {};
  keep("thread_reader", "", "role/threads", restart_strategy::rest_for_one);
  BOOST_TEST(plan("kill", "thread_jobs")
             == "thread_jobs ends at once; its restarts are used up: parked by role/threads; with "
                "it: thread_reader; restarts 5 of 5 in 60 s, with the next end: parked by "
                "role/threads");
}

BOOST_AUTO_TEST_CASE(who_takes_its_parent_along_takes_along_what_that_does) {
  auto said = plan("kill", "grant/g");
  BOOST_TEST(said.starts_with(
               "grant/g ends at once, and with it grants; node/n1 starts it again; "
               "restarts with it: mail_store, roles (10 actors), links (2 actors); "),
             said);
  BOOST_TEST(plan("restart", "completion_monitor")
             == "completion_monitor ends as if it had crashed, and with it "
                "singleton/completion_monitor; role/completion starts it again; given back: 1 "
                "lease; restarts 0 of 5 in 60 s, next after 50 ms, beyond it: parked by "
                "role/completion");
}

BOOST_AUTO_TEST_CASE(who_has_no_supervisor_goes_alone) {
  BOOST_TEST(plan("kill", "thread_sync/t1")
             == "thread_sync/t1 ends at once; who it answers to decides what then; given back: 1 "
                "claimed thread");
}

BOOST_AUTO_TEST_CASE(the_root_takes_all_along) {
  BOOST_TEST(plan("kill", "node/n1")
             == "node/n1 ends at once, and 17 actors below; it is the root: the process ends with "
                "it; the links of this node drop for about a second; given back: 2 claimed threads "
                "and 1 lease");
}

BOOST_AUTO_TEST_CASE(a_suspension_says_who_may_wait) {
  BOOST_TEST(plan("suspend", "mail_store")
             == "mail_store takes no further message until it is woken; they wait in its mailbox; "
                "may wait for it: roles (10 actors), links (2 actors)");
  BOOST_TEST(plan("suspend", "node_agent")
             == "node_agent takes no further message until it is woken; they wait in its mailbox; "
                "other nodes reach this one no more until then");
  BOOST_TEST(plan("wake", "mail_store") == "mail_store takes messages again");
}

BOOST_AUTO_TEST_CASE(what_is_parked_is_taken_up_with_what_is_parked_with_it) {
  slots["thread_jobs"].park(true);
  slots["thread_reader"].park(true);
  BOOST_TEST(plan("restart", "thread_reader")
             == "thread_reader is taken up again by role/threads; with it: thread_jobs");
  BOOST_TEST(plan("restart", "thread_dispatcher")
             == "thread_dispatcher is stopped and started again by role/threads, with 2 actors "
                "below; given back: 2 claimed threads");
}

BOOST_AUTO_TEST_SUITE_END()
