#include "pg/embedded.hpp"
#include "pg/pipeline.hpp"
#include "tests/support/database_fixture.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

// How to write many small rows: upserts of 500 bytes by primary key into a private server on a unix
// socket, half of them updates. Each line is one way, for two seconds. `synchronous_commit` is off,
// so that the disk does not hide the rest.
namespace {

using namespace nova;
using namespace std::chrono_literals;

constexpr auto duration = 2s;
constexpr int64_t ids = 100'000;
constexpr size_t batch = 500;

constexpr sql::statement upsert{"upsert", "insert into entry (id, body) values ($1::bigint, $2) "
                                          "on conflict (id) do update set body = excluded.body"};
constexpr sql::statement upsert_many{"upsert_many",
                                     "insert into entry (id, body) select distinct on (id) * from "
                                     "unnest($1::bigint[], $2::text[]) as n (id, body) "
                                     "on conflict (id) do update set body = excluded.body"};

constexpr sql::statement session{"session", "select pg_backend_pid()"};

const std::string body(500, 'x');

/// Ids that are spread over the table without a generator that costs time. Those of two connections
/// never meet: batches that lock the same rows in different orders would deadlock.
struct sequence {
  int64_t state;
  int64_t connection;
  int64_t connections;

  int64_t next() {
    state = (state * 6364136223846793005LL + 1442695040888963407LL) & 0x7fffffffffffffffLL;
    return (state >> 20) % (ids / connections) * connections + connection;
  }
};

/// Writes some rows and says how many.
using writer = std::function<size_t(pg::connection&, sequence&)>;

size_t one_by_one(pg::connection& conn, sequence& random) {
  conn.exec(upsert, random.next(), body);
  return 1;
}

size_t pipelined(pg::connection& conn, sequence& random) {
  pg::pipeline all{conn};
  for (size_t i = 0; i < batch; ++i)
    all.add(upsert, random.next(), body);
  all.run();
  return batch;
}

size_t set_based(pg::connection& conn, sequence& random) {
  std::vector<int64_t> keys;
  for (size_t i = 0; i < batch; ++i)
    keys.push_back(random.next());
  conn.exec(upsert_many, keys, std::vector<std::string_view>(batch, body));
  return batch;
}

/// Processor time of a process so far, from /proc/PID/stat: its fields 14 and 15, in ticks.
std::chrono::duration<double> processor_time(const std::string& pid) {
  std::ifstream file{"/proc/" + pid + "/stat"};
  std::string skipped;
  double user = 0;
  double system = 0;
  for (int i = 0; i < 13; ++i)
    file >> skipped;
  file >> user >> system;
  return std::chrono::duration<double>{(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK))};
}

void measure(const char* name, const std::string& url, int connections, const writer& write) {
  pg::connection{url}.run("truncate entry");
  std::atomic<size_t> rows = 0;
  std::atomic<double> sessions = 0;
  auto client = processor_time("self");
  auto ends = std::chrono::steady_clock::now() + duration;
  {
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<size_t>(connections));
    for (int i = 0; i < connections; ++i)
      threads.emplace_back([&, i] {
        pg::connection conn{url};
        sequence random{i + 1, i, connections};
        while (std::chrono::steady_clock::now() < ends)
          rows += write(conn, random);
        sessions += processor_time(std::to_string(conn.exec(session).value<int>())).count();
      });
  }
  auto written = static_cast<double>(rows);
  auto processor = (processor_time("self") - client).count() + sessions;
  std::printf("%-36s %2d connections %9.0f rows/s %6.1f us CPU/row\n", name, connections,
              written / std::chrono::duration<double>(duration).count(), processor / written * 1e6);
}

} // namespace

int main() {
  test::temporary_folder folder;
  pg::embedded server{{folder.path(), "synchronous_commit = off\n"}};
  pg::connection{server.url()}.run(
    "create table entry (id bigint primary key, body text not null)");
  for (auto connections : {1, 4, 16})
    measure("one statement a round trip", server.url(), connections, one_by_one);
  for (auto connections : {1, 2})
    measure("pipeline of 500 statements", server.url(), connections, pipelined);
  measure("one set-based statement of 500 rows", server.url(), 1, set_based);
}
