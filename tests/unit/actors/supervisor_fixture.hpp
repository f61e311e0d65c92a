#pragma once

#include "actors/supervisor.hpp"
#include "messages/error_code.hpp"
#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>

#include <future>
#include <stdexcept>

namespace nova::test {

/// A child that ends as its message says: 0 normally, 1 by an exception, 2 by a lost node, 3 after
/// saying what it does and then by an exception, 4 by throwing something else.
using child_actor = caf::typed_actor<caf::replies_to<int>::with<int>>;

struct child_state : observed {
  static inline const char* name = "child";

  explicit child_state(child_actor::pointer self) : observed(self), self(self) {}

  int end(int how) {
    if (how == 3)
      doing("fetching page 7");
    if (how == 1 || how == 3)
      throw std::runtime_error("no luck");
    if (how == 4)
      throw how;
    if (how == 2)
      self->quit(caf::exit_reason::remote_link_unreachable);
    else
      self->quit();
    return how;
  }

  child_actor::pointer self;
  std::vector<std::string>* events = nullptr;
  std::string key;

  ~child_state() {
    if (events)
      events->push_back("-" + key);
  }
};

inline child_actor::behavior_type child(child_actor::stateful_pointer<child_state> self,
                                        directory_slot slot, std::vector<std::string>* events,
                                        bool stubborn) {
  self->state.key = slot.name().key;
  self->state.slot = std::move(slot);
  self->state.events = events;
  if (stubborn)
    self->set_exit_handler([](caf::exit_msg&) {});
  return {[self](int how) { return self->state.end(how); }};
}

/// Waits, against the rules, and does not even notice that it is killed.
inline child_actor::behavior_type blocked(const std::shared_future<void>& over) {
  return {[over](int how) {
    over.wait();
    return how;
  }};
}

/// A supervisor of children that note when they start and end.
struct supervisor_fixture : actor_fixture {
  ~supervisor_fixture() {
    self->send_exit(root, caf::exit_reason::kill);
    run();
  }

  child_factory factory() {
    return [this](supervisor_actor::pointer parent, const child_spec& spec, directory_slot slot) {
      if (broken == spec.key && failing_starts > 0) {
        --failing_starts;
        throw std::runtime_error("no file");
      }
      events.push_back("+" + spec.key);
      auto actor = parent->spawn(child, std::move(slot), &events, stubborn == spec.key);
      actors[spec.key] = actor;
      return caf::actor_cast<caf::strong_actor_ptr>(actor);
    };
  }

  child_spec spec(std::string key, restart_policy restart = restart_policy::permanent) {
    return {"child", std::move(key), restart, std::chrono::seconds{2}};
  }

  supervisor_setup setup(restart_strategy strategy, std::vector<child_spec> children) {
    supervisor_setup with;
    with.directory = directory;
    with.slot = directory->open({"supervisor", "test", ""});
    base::backoff backoff{std::chrono::milliseconds{100}, std::chrono::seconds{1}, 2.0, 0.0};
    with.rules = {strategy, {3, std::chrono::seconds{10}}, backoff};
    with.factories["child"] = factory();
    with.children = std::move(children);
    with.seed = 1;
    return with;
  }

  void start(restart_strategy strategy, std::vector<child_spec> children) {
    root = system.spawn(supervisor, setup(strategy, std::move(children)));
    self->monitor(root);
    run();
  }

  void start_abc(restart_strategy strategy) {
    start(strategy, {spec("a"), spec("b"), spec("c")});
    events.clear();
  }

  /// Lets a child end, see `child_actor`.
  void end(const std::string& key, int how) {
    caf::anon_send(actors.at(key), how);
    run();
  }

  void add(const std::string& key) {
    ask(
      root, start_child{spec(key)}, [](child_started) {},
      [](const caf::error& e) { BOOST_FAIL(describe(e)); });
  }

  void remove(const std::string& key) {
    ask(
      root, stop_child{"child", key}, [](const child_stopped& x) { BOOST_TEST(!x.killed); },
      [](const caf::error& e) { BOOST_FAIL(describe(e)); });
  }

  void restart(const std::string& key) {
    ask(
      root, restart_child{"child", key}, [](restart_begun) {},
      [](const caf::error& e) { BOOST_FAIL(describe(e)); });
    advance(std::chrono::milliseconds{0});
  }

  /// The reason for which a request fails.
  template <class Answer, class Request>
  std::string refusal(Request request) {
    std::string reason;
    auto pending = self->request(root, caf::infinite, std::move(request));
    run();
    pending.receive([](const Answer&) { BOOST_FAIL("it was accepted"); },
                    [&](const caf::error& e) { reason = describe(e); });
    return reason;
  }

  /// What was started (+) and ended (-) since the last call, in order.
  std::string happened() {
    std::string all;
    for (const auto& event : std::exchange(events, {}))
      all += all.empty() ? event : " " + event;
    return all;
  }

  /// The abnormal ends so far.
  std::vector<actor_failure> reports() const {
    return directory->failures();
  }

  /// Why the supervisor ended; empty while it runs.
  std::string ended() {
    std::string reason;
    self->receive([&](const caf::down_msg& x) { reason = describe(x.reason); },
                  caf::after(std::chrono::seconds{0}) >> [] {});
    return reason;
  }

  std::shared_ptr<actor_directory> directory = std::make_shared<actor_directory>(clock());
  std::vector<std::string> events;
  std::map<std::string, child_actor> actors;
  std::string broken, stubborn;
  int failing_starts = 0;
  supervisor_actor root;
};

inline constexpr auto one_for_one = restart_strategy::one_for_one;
inline constexpr auto rest_for_one = restart_strategy::rest_for_one;
inline constexpr auto one_for_all = restart_strategy::one_for_all;

} // namespace nova::test
