#include "actors/remote_child.hpp"

#include "actors/supervisor.hpp"
#include "messages/error_code.hpp"
#include "tests/unit/cluster/linked_node.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace nova;
using namespace std::chrono_literals;
using test::eventually;
using test::linked_node;

namespace {

using worker_actor = caf::typed_actor<caf::reacts_to<int>>;

/// Where the workers of a test are running now, by the number of their node.
struct register_of_workers {
  void enter(int64_t node, const worker_actor& who) {
    std::lock_guard lock{mutex};
    running[node].push_back(who);
    ++started;
  }
  void leave(int64_t node) {
    std::lock_guard lock{mutex};
    running[node].pop_back();
  }
  size_t on(int64_t node) {
    std::lock_guard lock{mutex};
    return running[node].size();
  }
  worker_actor any(int64_t node) {
    std::lock_guard lock{mutex};
    return running[node].empty() ? worker_actor{} : running[node].back();
  }
  bool runs_on(int64_t node, size_t count = 1) {
    return eventually([&] { return on(node) == count; });
  }

  std::mutex mutex;
  std::map<int64_t, std::vector<worker_actor>> running;
  std::atomic<int> started{0};
};

struct worker_state : observed {
  static inline const char* name = "worker";
  explicit worker_state(worker_actor::pointer self) : observed(self) {}
  ~worker_state() {
    if (workers)
      workers->leave(node);
  }
  worker_state(const worker_state&) = delete;
  worker_state& operator=(const worker_state&) = delete;

  register_of_workers* workers = nullptr;
  int64_t node = 0;
};

worker_actor::behavior_type worker(worker_actor::stateful_pointer<worker_state> self,
                                   register_of_workers* workers, int64_t node) {
  self->state.workers = workers;
  self->state.node = node;
  return {[](int how) {
    if (how == 1)
      throw std::runtime_error("no luck");
  }};
}

struct fixture {
  std::atomic<bool> crash_at_once{false};

  test::linked_node_options options(int64_t id, bool hosts = true) {
    test::linked_node_options made{id};
    if (hosts)
      made.hosted["worker"] = [this, id](hosting_agent_actor::pointer self, const spawn_child_here&,
                                         directory_slot) {
        auto made = self->spawn(worker, &workers, id);
        workers.enter(id, made);
        if (crash_at_once)
          caf::anon_send(made, 1);
        return caf::actor_cast<caf::strong_actor_ptr>(made);
      };
    return made;
  }

  void link(std::vector<linked_node*> nodes) {
    std::vector<link_member> members;
    members.reserve(nodes.size());
    for (auto* one : nodes)
      members.push_back(one->member());
    for (auto* one : nodes)
      one->follow(members);
    for (auto* one : nodes)
      for (auto* other : nodes)
        if (one != other)
          BOOST_TEST(one->linked_to(other->id()));
  }

  /// A supervisor on a node with one child that stands for a worker elsewhere, on the first peer
  /// that does not refuse it.
  supervisor_actor supervise(linked_node& on) {
    supervisor_setup setup;
    setup.directory = directory;
    setup.slot = directory->open({"supervisor", "cluster", ""});
    setup.rules.limit = {2, 60s};
    setup.rules.backoff = {10ms, 100ms};
    setup.children = {{"worker", "w", restart_policy::permanent, 5s}};
    setup.factories["worker"] = [board = on.board()](supervisor_actor::pointer self,
                                                     const child_spec& spec, directory_slot slot) {
      remote_child_setup child;
      child.kind = spec.kind;
      child.key = spec.key;
      child.generation = slot.restarts() + 1;
      child.slot = std::move(slot);
      child.look_interval = 20ms;
      child.choose = [board](const std::set<int64_t>& refused) -> std::optional<peer> {
        for (const auto& one : board->all())
          if (!refused.contains(one.node))
            return one;
        return {};
      };
      return caf::actor_cast<caf::strong_actor_ptr>(self->spawn(remote_child, std::move(child)));
    };
    return on.system().spawn(supervisor, std::move(setup));
  }

  void stop(linked_node& on, supervisor_actor& which) {
    caf::scoped_actor self{on.system()};
    self->request(which, 10s, stop_supervisor{})
      .receive([](const supervisor_stopped& x) { BOOST_TEST(x.killed == 0u); },
               [](const caf::error& e) { BOOST_TEST(describe(e) == ""); });
    which = nullptr;
  }

  [[nodiscard]] size_t failure_count() const {
    return directory->failures().size();
  }

  std::shared_ptr<actor_directory> directory = std::make_shared<actor_directory>();
  register_of_workers workers;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(remote_child_test, fixture)

BOOST_AUTO_TEST_CASE(a_child_runs_on_another_node_and_stops_with_its_supervisor) {
  linked_node one{options(1)};
  linked_node two{options(2)};
  link({&one, &two});

  auto root = supervise(one);
  BOOST_TEST(workers.runs_on(2));
  BOOST_TEST(eventually([&] {
    return directory->snapshot({"worker", "", "", 1}).front().doing == "runs on node-2";
  }));

  stop(one, root);
  BOOST_TEST(workers.runs_on(2, 0));
}

BOOST_AUTO_TEST_CASE(a_crash_over_there_is_a_crash_here_with_its_text_and_counts) {
  linked_node one{options(1)};
  linked_node two{options(2)};
  link({&one, &two});
  auto root = supervise(one);

  for (int crash = 1; crash <= 2; ++crash) {
    BOOST_TEST(workers.runs_on(2));
    BOOST_TEST(eventually([&] { return workers.started == crash; }));
    caf::anon_send(workers.any(2), 1);
    BOOST_TEST(eventually([&] { return failure_count() == static_cast<size_t>(crash); }));
  }
  BOOST_TEST(directory->failures().back().reason == "crashed: no luck");
  BOOST_TEST(eventually([&] { return workers.started == 3; }));

  // The third is one too many.
  caf::anon_send(workers.any(2), 1);
  BOOST_TEST(eventually([&] { return failure_count() == 3; }));
  BOOST_TEST(workers.runs_on(2, 0));
  root = nullptr;
}

BOOST_AUTO_TEST_CASE(a_child_that_ends_before_its_supervisor_can_watch_it_says_why) {
  crash_at_once = true;
  linked_node one{options(1, false)};
  linked_node two{options(2)};
  link({&one, &two});
  auto root = supervise(one);
  // Two restarts are allowed: an end without a reason would not be counted.
  BOOST_TEST(eventually([&] { return failure_count() == 3; }));
  BOOST_TEST(workers.started == 3);
  for (const auto& failure : directory->failures())
    BOOST_TEST(failure.reason == "crashed: no luck");
  root = nullptr;
}

BOOST_AUTO_TEST_CASE(a_lost_node_counts_against_nobody_and_the_child_starts_elsewhere) {
  linked_node one{options(1)};
  auto two = std::make_unique<linked_node>(options(2));
  linked_node three{options(3)};
  link({&one, two.get(), &three});
  auto root = supervise(one);
  BOOST_TEST(workers.runs_on(2));

  auto began = std::chrono::steady_clock::now();
  two->stop();

  BOOST_TEST(workers.runs_on(3));
  BOOST_TEST((std::chrono::steady_clock::now() - began < 1s));
  BOOST_TEST(failure_count() == 0u);
  stop(one, root);
  BOOST_TEST(workers.runs_on(3, 0));
}

BOOST_AUTO_TEST_CASE(a_child_ends_when_the_node_of_its_supervisor_is_lost) {
  auto one = std::make_unique<linked_node>(options(1));
  linked_node two{options(2)};
  link({one.get(), &two});
  auto root = supervise(*one);
  BOOST_TEST(workers.runs_on(2));

  root = nullptr;
  one->follow({one->member()});

  BOOST_TEST(eventually([&] { return workers.started >= 1 && workers.on(2) == 0; }));
}

BOOST_AUTO_TEST_CASE(a_node_that_cannot_run_it_is_passed_over) {
  linked_node one{options(1)};
  linked_node two{options(2, false)};
  linked_node three{options(3)};
  link({&one, &two, &three});

  auto root = supervise(one);

  BOOST_TEST(workers.runs_on(3));
  BOOST_TEST(failure_count() == 0u);
  stop(one, root);
}

BOOST_AUTO_TEST_CASE(a_child_waits_for_a_node_and_starts_when_one_comes) {
  linked_node one{options(1)};
  linked_node two{options(2)};
  auto root = supervise(one);
  BOOST_TEST(eventually([&] {
    auto rows = directory->snapshot({"worker", "", "", 1});
    return !rows.empty() && rows.front().doing == "waits for a node that can run it";
  }));

  link({&one, &two});

  BOOST_TEST(workers.runs_on(2));
  stop(one, root);
}

BOOST_AUTO_TEST_CASE(what_an_abandoned_attempt_starts_late_is_refused) {
  linked_node one{options(1)};
  linked_node two{options(2)};
  link({&one, &two});
  caf::scoped_actor self{one.system()};
  auto agent = one.board()->find(2)->agent;
  auto ask = [&](uint64_t generation) {
    std::string said;
    self
      ->request(agent, 10s,
                spawn_child_here{"worker", "w", "{}", generation,
                                 caf::actor_cast<caf::strong_actor_ptr>(self)})
      .receive([&](const child_here& x) { said = "runs " + std::to_string(x.generation); },
               [&](const caf::error& e) { said = describe(e); });
    return said;
  };

  self->send(agent, kill_child_here{"worker", "w", 3});
  BOOST_TEST(ask(3) == "stale_claim");
  BOOST_TEST(ask(2) == "stale_claim");
  BOOST_TEST(workers.on(2) == 0u);
  BOOST_TEST(ask(4) == "runs 4");
  BOOST_TEST(ask(4) == "stale_claim");
  BOOST_TEST(ask(5) == "runs 5");
  BOOST_TEST(workers.runs_on(2, 1));

  self->send(agent, kill_child_here{"worker", "w", 4});
  self->send(agent, kill_child_here{"worker", "w", 5});
  BOOST_TEST(workers.runs_on(2, 0));
  BOOST_TEST(ask(5).starts_with("runs"), "it ended, so it may be asked for again");
}

BOOST_AUTO_TEST_SUITE_END()
