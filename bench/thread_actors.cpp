#include "actors/database.hpp"
#include "actors/thread_dispatcher.hpp"
#include "base/clock.hpp"
#include "messages/wire.hpp"
#include "pg/email/add_inbox.hpp"
#include "pg/email/begin_discovery.hpp"
#include "pg/email/claim_threads.hpp"
#include "pg/email/claim_window.hpp"
#include "pg/email/record_page.hpp"
#include "pg/email/release_threads.hpp"
#include "pg/email/start_backfill.hpp"
#include "pg/embedded.hpp"
#include "pg/migrator.hpp"
#include "pg/queue/queue_delete_leased.hpp"
#include "pg/queue/queue_read.hpp"
#include "tests/support/database_fixture.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

// The fan-out of a backfill: from 100,000 durable rows of queued_threads to 100,000 running actors,
// each of which has asked for its first call. Beside it the same jobs through PGMQ, sent, read and
// deleted in batches, and one by one. Everything on one private server with fsync; each line gives
// the time that passed and this process's own processor time.
namespace {

using namespace nova;
using namespace std::chrono_literals;

constexpr size_t threads = 100'000;
constexpr size_t page = 1'000;
// One by one takes half a minute for all: measured over fewer, and multiplied.
constexpr size_t singles = 5'000;
constexpr auto patience = 120s;

std::chrono::duration<double> processor_time() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval& time) {
    return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// `factor`: how many times the work would have to be done for all threads.
void measure(const char* name, double factor, const std::function<void()>& work) {
  auto processor = processor_time();
  auto began = std::chrono::steady_clock::now();
  work();
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("%-58s %8.2f s %8.2f s worker CPU\n", name, took.count() * factor,
              (processor_time() - processor).count() * factor);
  std::fflush(stdout);
}

std::string thread_id_of(size_t number) {
  return "thread-" + std::to_string(number);
}

/// A backfill in `thread_sync` with all threads queued.
void queue_threads(pg::connection& conn) {
  auto inbox = pg::add_inbox{"owner@example.com", grant_id{"grant"}, "google"}.run(conn);
  auto now =
    std::chrono::duration_cast<std::chrono::seconds>(base::wall_now().time_since_epoch()).count();
  auto config = pg::start_backfill{inbox.id, now - int64_t{7} * 24 * 3600, now - 3600}.run(conn);
  for (auto& window : pg::begin_discovery{config}.run(conn).windows) {
    window.token = pg::claim_window{config, window.id, 0, "bench"}.run(conn);
    for (size_t first = 0; first < threads; first += page) {
      std::vector<listed_thread> listed;
      for (size_t i = first; i < first + page; ++i)
        listed.push_back({thread_id{thread_id_of(i)}, now - static_cast<int64_t>(i)});
      auto next = first + page < threads ? std::to_string(first) : std::string{};
      pg::record_page{config, window, listed, false, next}.run(conn);
      window.cursor = next;
    }
  }
  conn.run("analyze queued_threads");
}

/// Who asks here runs. It never answers, so that all run at once.
grants_actor waiting_grants(caf::actor_system& system, std::atomic<size_t>& asked) {
  struct state {
    std::vector<caf::typed_response_promise<api_answered>> waiting;
  };
  return system.spawn(
    [](grants_actor::stateful_pointer<state> self,
       std::atomic<size_t>* count) -> grants_actor::behavior_type {
      return {
        [self, count](const call_grant&) {
          self->state.waiting.push_back(self->make_response_promise<api_answered>());
          ++*count;
          return self->state.waiting.back();
        },
        [](const pause_grant&) {},
        [](const resume_grant&) {},
      };
    },
    &asked);
}

/// The scheduler of `nova run`: with more threads than processors they get in each other's way, up
/// to three times the time.
struct configuration : caf::actor_system_config {
  configuration() {
    register_wire_types(*this);
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", size_t{std::max(1u, std::thread::hardware_concurrency())});
  }
};

/// The dispatcher of a node, with a window wide enough for all.
void run_actors(const std::string& url) {
  configuration config;
  caf::actor_system system{config};
  std::atomic<size_t> asked = 0;
  auto grants = waiting_grants(system, asked);
  auto pool = system.spawn(database, directory_slot{},
                           std::vector<database_actor>{spawn_database_worker(system, {url, true})},
                           database_limits{});
  thread_dispatcher_settings settings;
  settings.window = threads;
  settings.refill = threads;
  caf::actor dispatcher;
  measure("rows claimed, actors spawned and running", 1, [&] {
    thread_dispatcher_needs needs{pool, grants, {}, {}, {}};
    dispatcher = caf::actor_cast<caf::actor>(
      system.spawn(thread_dispatcher, directory_slot{}, needs, settings));
    auto deadline = std::chrono::steady_clock::now() + patience;
    while (asked < threads && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(1ms); // the measuring thread's own look
  });
  if (asked < threads)
    std::printf("only %zu actors ran\n", asked.load());
  for (const auto& actor :
       {dispatcher, caf::actor_cast<caf::actor>(pool), caf::actor_cast<caf::actor>(grants)})
    caf::anon_send_exit(actor, caf::exit_reason::kill);
}

constexpr sql::statement send_batch{"send_batch",
                                    "select pgmq.send_batch($1, $2::text[]::jsonb[])"};

void pass_through_queue(pg::connection& conn, size_t jobs, size_t batch) {
  const std::string queue = "thread_sync_jobs";
  for (size_t first = 0; first < jobs; first += batch) {
    std::vector<std::string> bodies;
    for (size_t i = first; i < first + batch; ++i)
      bodies.push_back(R"({"config_id":"c","thread_id":")" + thread_id_of(i) + "\"}");
    conn.exec(send_batch, queue, bodies);
  }
  for (size_t done = 0; done < jobs;) {
    std::vector<int64_t> ids;
    std::vector<int32_t> read_cts;
    for (const auto& message : pg::queue_read{queue, 300, static_cast<uint32_t>(batch)}.run(conn)) {
      ids.push_back(message.id);
      read_cts.push_back(message.read_ct);
    }
    done += pg::queue_delete_leased{queue, ids, read_cts}.run(conn);
  }
}

} // namespace

int main() {
  mallopt(M_ARENA_MAX, 2); // as `nova run` does; NOLINT(concurrency-mt-unsafe): before any thread
  test::temporary_folder folder;
  pg::embedded server{{folder.path()}};
  pg::connection conn{server.url()};
  pg::migrator{conn}.up();
  queue_threads(conn);
  std::printf("%zu threads\n", threads);
  measure("the claim of all rows alone: statement and its rows read", 1, [&] {
    pg::claim_threads{"bench", 1, threads}.run(conn);
  });
  pg::release_threads{"bench"}.run(conn);
  conn.run("vacuum analyze queued_threads");
  run_actors(server.url());
  measure("PGMQ, batches of 1,000: sent, read, deleted", 1,
          [&] { pass_through_queue(conn, threads, page); });
  measure("PGMQ, one by one (5,000, times 20): sent, read, deleted",
          static_cast<double>(threads) / singles, [&] { pass_through_queue(conn, singles, 1); });
}
