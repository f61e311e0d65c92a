// What looking costs: a node's list of 100,000 actors, asked once a second while two threads do
// what actors do to it. Prints one JSON line: milliseconds a look, and how much the work slows.
#include "inspection/actor_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr size_t actors = 100'000;
constexpr auto period = 1s;
constexpr auto round_length = 2s;
constexpr int rounds = 6;

struct actor {
  directory_slot slot;
  std::shared_ptr<actor_activity> activity = std::make_shared<actor_activity>();
};

/// One message as `observed_actor` accounts for it, with as much work as a small handler does.
void handle(actor& who, uint64_t& sum) {
  who.activity->received.fetch_add(1, std::memory_order_relaxed);
  who.activity->busy_since.store(base::wall_now().time_since_epoch().count(),
                                 std::memory_order_relaxed);
  who.slot.doing("fetching messages of a thread, page 3");
  for (int i = 0; i < 2000; ++i)
    sum = sum * 6364136223846793005U + 1442695040888963407U;
  who.activity->busy_since.store(0, std::memory_order_relaxed);
  who.activity->handled.fetch_add(1, std::memory_order_relaxed);
}

uint64_t work(std::vector<actor>& all, std::chrono::steady_clock::duration length) {
  std::atomic<uint64_t> done{0}, blackhole{0};
  auto end = std::chrono::steady_clock::now() + length;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      uint64_t count = 0, sum = t;
      for (size_t i = t; std::chrono::steady_clock::now() < end; i = (i + 7919) % all.size())
        for (int n = 0; n < 16; ++n, ++count)
          handle(all[(i + static_cast<size_t>(n)) % all.size()], sum);
      done += count;
      blackhole += sum;
    });
  for (auto& thread : threads)
    thread.join();
  return done;
}

} // namespace

int main() {
  auto directory = std::make_shared<actor_directory>();
  std::vector<actor> all(actors);
  for (size_t i = 0; i < actors; ++i) {
    all[i].slot = directory->open({"thread_sync", fmt::format("{:016x}", i), "thread_dispatcher"});
    all[i].slot.adopt(all[i].activity, {});
  }
  inspection::actor_view view{{"n1", directory}};
  std::vector<double> looks;
  auto look = [&] {
    auto began = std::chrono::steady_clock::now();
    auto found = view.answer({.sort = "-mailbox"});
    looks.push_back(
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
    return found.status == 200;
  };
  for (int i = 0; i < 10; ++i)
    if (!look())
      return 1;
  std::sort(looks.begin(), looks.end());
  auto idle = looks[looks.size() / 2];
  looks.clear();
  uint64_t alone = 0, watched = 0;
  for (int i = 0; i < rounds; ++i) {
    alone += work(all, round_length);
    std::atomic<bool> stop{false};
    std::thread watcher{[&] {
      for (auto next = std::chrono::steady_clock::now(); !stop; next += period) {
        look();
        std::this_thread::sleep_until(next + period); // the pace of who watches
      }
    }};
    watched += work(all, round_length);
    stop = true;
    watcher.join();
  }
  std::sort(looks.begin(), looks.end());
  fmt::print(
    "{{\"actors\":{},\"look_ms\":{:.1f},\"look_under_load_ms\":{:.1f},\"work_slower_percent\":"
    "{:.1f}}}\n",
    actors, idle, looks[looks.size() / 2],
    100.0 * (1 - static_cast<double>(watched) / static_cast<double>(alone)));
}
