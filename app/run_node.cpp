#include "app/run_node.hpp"

#include "app/service_manager.hpp"
#include "base/log.hpp"

#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <thread>

namespace nova::app {
namespace {

constexpr base::log run_node_log{"Service"};

constexpr int second_signal_status = 130;

// The others took this node's work over. A service manager starts it again, as a new incarnation.
constexpr int declared_dead_status = 75;

// What the tree's end is told with, beside the two that a service manager or a terminal sends.
constexpr int tree_ended = SIGUSR1;

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, tree_ended);
  return set;
}

int wait_for_signal(const sigset_t& set) {
  int got = 0;
  while (sigwait(&set, &got) != 0) {
  }
  return got;
}

} // namespace

void run_node(node_settings settings) {
  // Mail passes from thread to thread: with an arena each, every one keeps what another freed. Two
  // keep a node below 100 MB; the time it costs was not measurable.
  mallopt(M_ARENA_MAX, 2); // NOLINT(concurrency-mt-unsafe): before any thread exists
  auto signals = watched_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  run_node_log.info("Starting Nova Email Service...", {{"node", settings.name}});
  auto name = settings.name;
  settings.cluster.declared_dead = [] {
    // No destructors and not a word to the database: what was this node's is another's now.
    _exit(declared_dead_status);
  };
  std::promise<std::string> death;
  auto died = death.get_future();
  node running{std::move(settings), [&death](std::string reason) {
                 death.set_value(std::move(reason));
                 kill(getpid(), tree_ended);
               }};
  service_manager manager{service_manager_of_environment(), running.readiness()};
  if (wait_for_signal(signals) == tree_ended) {
    run_node_log.error(
      "the supervision tree gave up; a service manager should start the node again",
      {{"reason", died.get()}});
    // What is left cannot be trusted to stop in order.
    _exit(1);
  }
  std::thread impatience{[signals] {
    wait_for_signal(signals);
    // No destructors: somebody wants it to be over now. What is claimed is given back when a node
    // starts.
    _exit(second_signal_status);
  }};
  impatience.detach();
  manager.stopping();
  running.stop();
  run_node_log.info("bye", {{"node", name}});
  // No destructors: CAF's system waits at its end for every actor that anything still refers to,
  // without a bound. What is true is in the database, and nothing else is left to do.
  std::fflush(stdout);
  _exit(0);
}

} // namespace nova::app
