// The engine of jobs with handlers of C++: how fast it works off what waits, and how soon it
// begins.
//
//   job_drain drain MESSAGES CHUNK   send that many of 1 KB, work them off, chunks of CHUNK
//   job_drain latency MESSAGES       one at a time, a pause between them
//   job_drain memory WAITING         how much more memory the engine has with so many waiting
//   job_drain runners MESSAGES WINDOW  as drain, an actor a job, so many at one time
//   job_drain old MESSAGES           as drain, while a transaction that has written stays open
//   job_drain tenants MESSAGES       how long one message of a tenant waits behind so many of
//   another job_drain delayed WAITING        figures before and with so many that wait for tomorrow
//   job_drain serve                  only the server: prints its URL, for a peer; ends with its
//   input
//
// The server is private, durable and on the same machine. Compare figures of one run only.
#include "actors/database.hpp"
#include "actors/database_worker.hpp"
#include "actors/queue_listener.hpp"
#include "actors/wakeups.hpp"
#include "base/process_usage.hpp"
#include "jobs/function_handler.hpp"
#include "jobs/job_claimer.hpp"
#include "pg/embedded.hpp"
#include "pg/migrator.hpp"
#include "tests/support/database_fixture.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace nova;
using steady = std::chrono::steady_clock;

constexpr sql::statement send{
  "send", "select count(*) from messenger_send(array_fill(jsonb_build_object('type', 'bench', "
          "'body', jsonb_build_object('text', repeat('x', 1000))), array[$1::integer]))"};
constexpr sql::statement send_now{
  "send_now", "select id from messenger_send('bench', jsonb_build_object('sent', "
              "extract(epoch from clock_timestamp()) * 1000000))"};
constexpr sql::statement send_as{
  "send_as", "select count(*) from messenger_send(array_fill(jsonb_build_object('type', 'bench', "
             "'tenant_id', $1::text), array[$2::integer]))"};
constexpr sql::statement send_later{
  "send_later", "select count(*) from messenger_send(array_fill(jsonb_build_object('type', "
                "'bench', 'delay', '1 day'), array[$1::integer]))"};
constexpr sql::statement left{"left", "select count(*) from messenger_messages"};

struct system_settings : caf::actor_system_config {
  system_settings() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", size_t{2});
  }
};

constexpr std::string_view quiet_tenant = "quiet";

/// What is handled, told to the thread that measures.
struct seen {
  void add(size_t count) {
    std::lock_guard lock{mutex};
    jobs += count;
    at.push_back(steady::now());
    changed.notify_all();
  }

  void wait_for(size_t count) {
    std::unique_lock lock{mutex};
    changed.wait(lock, [&] { return jobs >= count; });
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<steady::time_point> at;
  size_t jobs = 0;
  std::atomic<steady::time_point> quiet_at{steady::time_point{}};
};

struct engine {
  engine(const std::string& url, size_t chunk, seen& into, uint32_t window = 0,
         std::chrono::milliseconds work = {}) {
    std::vector<database_actor> workers;
    for (int i = 0; i < 3; ++i)
      workers.push_back(spawn_database_worker(system, {url, true}, {}));
    pool = system.spawn(database, directory_slot{}, std::move(workers), database_limits{});
    woken = system.spawn(wakeups, directory_slot{}, database_actor{});
    listener = spawn_queue_listener(system, {}, url, {}, woken);
    jobs::job_claimer_needs needs{pool, std::make_shared<actor_directory>()};
    auto counting = jobs::function_handler(
      [&into, work](const auto& some) {
        if (work.count() > 0)
          std::this_thread::sleep_for(work);
        for (const auto& job : some)
          if (job.tenant == quiet_tenant)
            into.quiet_at = steady::now();
        into.add(some.size());
        return std::vector<jobs::job_outcome>(some.size());
      },
      chunk);
    needs.built_in.add("bench", counting);
    jobs::job_claimer_settings settings;
    settings.window = window > 0 ? window : chunk > 1 ? 4'000 : 256;
    settings.refill = settings.window / 4;
    settings.batch = std::min(settings.window, chunk > 1 ? 1'000U : 100U);
    claimer = system.spawn(jobs::job_claimer, directory_slot{}, std::move(needs), settings);
    caf::anon_send(woken, jobs_wakeup_wanted{claimer});
  }

  ~engine() {
    caf::scoped_actor self{system};
    for (const auto& one :
         {caf::actor_cast<caf::actor>(claimer), listener, caf::actor_cast<caf::actor>(woken),
          caf::actor_cast<caf::actor>(pool)}) {
      self->send_exit(one, caf::exit_reason::user_shutdown);
      self->wait_for(one);
    }
  }

  system_settings config;
  caf::actor_system system{config};
  database_actor pool;
  wakeups_actor woken;
  caf::actor listener;
  jobs_wakeup_actor claimer;
};

void send_all(pg::connection& conn, int messages) {
  for (int sent = 0; sent < messages; sent += 1'000)
    conn.exec(send, std::min(1'000, messages - sent));
  conn.run("vacuum analyze public.messenger_messages");
}

double drain(pg::connection& conn, const std::string& url, int messages, size_t chunk,
             uint32_t window = 0) {
  send_all(conn, messages);
  seen all;
  auto began = steady::now();
  {
    engine one{url, chunk, all, window};
    all.wait_for(static_cast<size_t>(messages));
  } // what is handled is written
  return messages / std::chrono::duration<double>(steady::now() - began).count();
}

void show(pg::connection& conn, double speed) {
  std::printf("%.0f jobs/s, %lld left, %llu MiB\n", speed,
              static_cast<long long>(conn.exec(left).value<int64_t>()),
              static_cast<unsigned long long>(base::usage_of_process().resident_bytes >> 20));
}

/// An old transaction that has written keeps every dead row.
void drain_beside_an_old_one(pg::connection& conn, const std::string& url, int messages) {
  auto before = drain(conn, url, messages, 1'000);
  pg::connection old{url};
  old.run("begin; select pg_current_xact_id()");
  for (int i = 0; i < 3; ++i) {
    auto beside = drain(conn, url, messages, 1'000);
    std::printf("%.0f jobs/s, with an old transaction open %.0f, %.2f times slower\n", before,
                beside, before / beside);
  }
}

void one_behind_many(pg::connection& conn, const std::string& url, int messages) {
  conn.exec(send_as, std::string{"loud"}, messages);
  conn.run("vacuum analyze public.messenger_messages");
  seen all;
  engine one{url, 1, all, 0, std::chrono::milliseconds{1}};
  std::vector<double> took;
  for (int i = 0; i < 50; ++i) {
    all.wait_for(static_cast<size_t>(i + 1) * 200);
    all.quiet_at = steady::time_point{};
    auto began = steady::now();
    conn.exec(send_as, std::string{quiet_tenant}, 1);
    while (all.quiet_at.load() == steady::time_point{})
      std::this_thread::sleep_for(std::chrono::microseconds{200});
    took.push_back(std::chrono::duration<double, std::milli>(all.quiet_at.load() - began).count());
  }
  std::ranges::sort(took);
  std::printf("one message behind %d of another tenant: p50 %.1f ms, at most %.1f ms\n", messages,
              took[took.size() / 2], took.back());
}

void latency(pg::connection& conn, const std::string& url, int messages) {
  seen all;
  engine one{url, 1, all};
  std::vector<double> took;
  for (int i = 0; i < messages; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10}); // idle between two
    auto began = steady::now();
    conn.exec(send_now);
    all.wait_for(static_cast<size_t>(i) + 1);
    took.push_back(std::chrono::duration<double, std::milli>(steady::now() - began).count());
  }
  took.erase(took.begin(), took.begin() + messages / 10); // statements are prepared
  std::ranges::sort(took);
  std::printf("send to handled: p50 %.2f ms, p99 %.2f ms\n", took[took.size() / 2],
              took[took.size() * 99 / 100]);
}

void memory(pg::connection& conn, const std::string& url, int waiting) {
  seen all;
  auto resident = [] {
    return static_cast<double>(base::usage_of_process().resident_bytes) / 1048576;
  };
  double idle = 0;
  {
    engine one{url, 1, all};
    std::this_thread::sleep_for(std::chrono::seconds{2}); // until it has looked around
    idle = resident();
  }
  send_all(conn, waiting);
  engine one{url, 1, all};
  double most = 0;
  for (size_t i = 1; i <= 40; ++i) {
    all.wait_for(static_cast<size_t>(waiting) * i / 40);
    most = std::max(most, resident());
  }
  std::printf("idle %.1f MiB, at most %.1f MiB more with %d waiting\n", idle, most - idle, waiting);
}

void beside_delayed(pg::connection& conn, const std::string& url, int waiting) {
  constexpr int messages = 50'000;
  auto figures = [&](const char* when) {
    auto speed = drain(conn, url, messages, 1'000);
    std::printf("%s: %.0f jobs/s, %.1f MiB, ", when, speed,
                static_cast<double>(base::usage_of_process().resident_bytes) / 1048576);
    latency(conn, url, 200);
  };
  figures("none delayed");
  for (int sent = 0; sent < waiting; sent += 10'000)
    conn.exec(send_later, std::min(10'000, waiting - sent));
  conn.run("vacuum analyze");
  figures("with those that wait for tomorrow");
}

} // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words{argv + 1, argv + argc};
  auto number = [&](size_t which, int usual) {
    return words.size() > which ? std::atoi(words[which].c_str()) : usual;
  };
  if (words.empty())
    return 2;
  test::temporary_folder folder;
  pg::embedded server{{folder.path(), "shared_buffers = 512MB\nmax_wal_size = 8GB\n"}};
  pg::connection conn{server.url()};
  pg::migrator{conn}.up({"messenger"});
  if (words[0] == "drain")
    show(conn, drain(conn, server.url(), number(1, 200'000), static_cast<size_t>(number(2, 100))));
  else if (words[0] == "runners")
    show(conn,
         drain(conn, server.url(), number(1, 50'000), 1, static_cast<uint32_t>(number(2, 256))));
  else if (words[0] == "old")
    drain_beside_an_old_one(conn, server.url(), number(1, 50'000));
  else if (words[0] == "tenants")
    one_behind_many(conn, server.url(), number(1, 100'000));
  else if (words[0] == "delayed")
    beside_delayed(conn, server.url(), number(1, 1'000'000));
  else if (words[0] == "latency")
    latency(conn, server.url(), number(1, 500));
  else if (words[0] == "memory")
    memory(conn, server.url(), number(1, 1'000'000));
  else if (words[0] == "serve") {
    std::printf("%s\n", server.url().c_str());
    std::fflush(stdout);
    while (std::getchar() != EOF)
      continue;
  }
}
