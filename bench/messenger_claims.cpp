// What a claim of the messenger costs, beside the queue functions of pgmq in the same server and
// run.
//
//   messenger_claims [throughput] [waiting] [dead]
//
// throughput: claim + complete against read + delete, batches of 100, four clients, in turns.
// waiting:    10 ready messages behind 200,000 that are delayed.
// dead:       a million messages come and go while an old transaction keeps their dead rows.
//
// The server is private, durable and on the same machine. Compare figures of one run only.
#include "pg/embedded.hpp"
#include "pg/migrator.hpp"
#include "tests/support/database_fixture.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace nova;
using steady = std::chrono::steady_clock;
using milliseconds = std::chrono::duration<double, std::milli>;

constexpr int clients = 4;
constexpr int rounds = 7;
constexpr int messages_a_round = 40'000;
constexpr int batch = 100;
constexpr int delayed = 200'000;
constexpr int dead = 1'000'000;
constexpr int dead_pgmq = 100'000; // a million would take it half an hour

constexpr sql::statement claim{
  "claim", "select id, token, type, body from messenger_claim('default', null, $1, $2)"};
constexpr sql::statement complete{
  "complete", "select count(*) from messenger_complete($1, $2) where outcome = 'completed'"};
constexpr sql::statement release{"release", "select count(*) from messenger_release($1, $2)"};
constexpr sql::statement send{
  "send", "select count(*) from messenger_send(array_fill('{\"type\": \"t\", \"body\": {\"n\": 1, "
          "\"text\": \"a small message\"}}'::jsonb, array[$1::integer]))"};
constexpr sql::statement send_delayed{
  "send_delayed", "select count(*) from messenger_send(array_fill('{\"type\": \"t\", \"delay\": "
                  "\"1 day\"}'::jsonb, array[$1::integer]))"};
constexpr sql::statement pgmq_read{"pgmq_read",
                                   "select msg_id, message from pgmq.read('bench', 300, $1)"};
constexpr sql::statement pgmq_delete{"pgmq_delete",
                                     "select count(*) from pgmq.delete('bench', $1)"};
constexpr sql::statement pgmq_send{
  "pgmq_send", "select count(*) from pgmq.send_batch('bench', array_fill('{\"n\": 1, \"text\": "
               "\"a small message\"}'::jsonb, array[$1::integer]))"};
constexpr sql::statement old_snapshot{"old_snapshot", "select count(*) from messenger_transports"};

struct claimed {
  std::vector<int64_t> ids, tokens;
};

claimed take(pg::connection& conn, int n) {
  claimed taken;
  auto answer = conn.exec(claim, std::string_view{"bench"}, n);
  for (auto& [id, token, type, body] : answer.rows<int64_t, int64_t, std::string, std::string>()) {
    taken.ids.push_back(id);
    taken.tokens.push_back(token);
  }
  return taken;
}

std::vector<int64_t> take_pgmq(pg::connection& conn, int n) {
  std::vector<int64_t> ids;
  auto answer = conn.exec(pgmq_read, n);
  for (auto& [id, message] : answer.rows<int64_t, std::string>())
    ids.push_back(id);
  return ids;
}

/// One batch; returns how many messages it had.
size_t step(pg::connection& conn) {
  auto taken = take(conn, batch);
  if (!taken.ids.empty())
    conn.exec(complete, taken.ids, taken.tokens);
  return taken.ids.size();
}

size_t step_pgmq(pg::connection& conn) {
  auto ids = take_pgmq(conn, batch);
  if (!ids.empty())
    conn.exec(pgmq_delete, ids);
  return ids.size();
}

double seconds_of(const std::function<void()>& work) {
  auto start = steady::now();
  work();
  return std::chrono::duration<double>(steady::now() - start).count();
}

/// Messages a second until nothing is left.
double drain(const std::string& url, size_t (*step)(pg::connection&)) {
  std::vector<pg::connection> connections;
  connections.reserve(clients);
  for (int i = 0; i < clients; ++i)
    connections.emplace_back(url);
  auto seconds = seconds_of([&] {
    std::vector<std::jthread> threads;
    threads.reserve(connections.size());
    for (auto& conn : connections)
      threads.emplace_back([&conn, step] {
        while (step(conn) > 0) {
        }
      });
  });
  return messages_a_round / seconds;
}

double quantile(std::vector<double> values, double part) {
  std::ranges::sort(values);
  return values[static_cast<size_t>(static_cast<double>(values.size() - 1) * part)];
}

void throughput(const std::string& url) {
  pg::connection conn{url};
  std::vector<double> ours;
  std::vector<double> theirs;
  std::vector<double> ratios;
  for (int round = 0; round <= rounds; ++round) {
    conn.exec(send, messages_a_round);
    conn.exec(pgmq_send, messages_a_round);
    conn.run("vacuum analyze");
    conn.run("checkpoint");
    auto first = round % 2 == 0 ? drain(url, step) : drain(url, step_pgmq);
    auto second = round % 2 == 0 ? drain(url, step_pgmq) : drain(url, step);
    if (round == 0)
      continue; // warms up
    ours.push_back(round % 2 == 0 ? first : second);
    theirs.push_back(round % 2 == 0 ? second : first);
    ratios.push_back(ours.back() / theirs.back());
  }
  std::printf("pgmq read + delete                  %9.0f messages/s\n", quantile(theirs, 0.5));
  std::printf("messenger claim + complete          %9.0f messages/s\n", quantile(ours, 0.5));
  std::printf("ratio, round by round               %9.2f   (%.2f .. %.2f)\n", quantile(ratios, 0.5),
              quantile(ratios, 0), quantile(ratios, 1));
}

void print_times(const char* what, const std::vector<double>& times) {
  std::printf("%-35s %9.2f ms p50  %7.2f ms p99\n", what, quantile(times, 0.5),
              quantile(times, 0.99));
}

double claim_time(pg::connection& conn, int n) {
  auto start = steady::now();
  auto taken = take(conn, n);
  auto spent = milliseconds(steady::now() - start).count();
  conn.exec(release, taken.ids, taken.tokens);
  return spent;
}

void waiting(const std::string& url) {
  pg::connection conn{url};
  conn.run("truncate messenger_messages");
  auto measure = [&](const char* what) {
    std::vector<double> times;
    times.reserve(500);
    for (int i = 0; i < 500; ++i)
      times.push_back(claim_time(conn, 10));
    print_times(what, times);
  };
  conn.exec(send, 10);
  measure("10 of 10");
  conn.exec(send_delayed, delayed);
  measure("10 behind 200,000 delayed");
  conn.run("truncate messenger_messages");
}

/// Sends and takes in thousands until so many messages have gone; times of the takes alone.
template <class Take, class Finish>
std::vector<double> come_and_go(pg::connection& conn, const sql::statement& sending, int total,
                                Take take_batch, Finish finish) {
  std::vector<double> times;
  for (int sent = 0; sent < total; sent += 10 * batch) {
    conn.exec(sending, 10 * batch);
    for (int i = 0; i < 10; ++i) {
      auto start = steady::now();
      auto taken = take_batch(conn, batch);
      times.push_back(milliseconds(steady::now() - start).count());
      finish(conn, taken);
    }
  }
  return times;
}

void print_growth(const char* what, const std::vector<double>& times) {
  auto part = std::min<size_t>(times.size() / 4, 500);
  std::vector<double> first(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(part));
  std::vector<double> last(times.end() - static_cast<std::ptrdiff_t>(part), times.end());
  print_times((std::string{what} + ", first").c_str(), first);
  print_times((std::string{what} + ", last").c_str(), last);
  std::printf("%-35s %9.2f times      %6.2f times\n", (std::string{what} + ", growth").c_str(),
              quantile(last, 0.5) / quantile(first, 0.5),
              quantile(last, 0.99) / quantile(first, 0.99));
}

void dead_rows(const std::string& url) {
  pg::connection holder{{.url = url, .idle_in_transaction_timeout = std::chrono::hours{1}}};
  holder.run("begin isolation level repeatable read");
  holder.exec(old_snapshot);
  pg::connection conn{url};
  print_growth("pgmq, 100,000 dead",
               come_and_go(conn, pgmq_send, dead_pgmq, take_pgmq,
                           [](pg::connection& c, const auto& ids) { c.exec(pgmq_delete, ids); }));
  print_growth("messenger, 1,000,000 dead",
               come_and_go(conn, send, dead, take, [](pg::connection& c, const claimed& taken) {
                 c.exec(complete, taken.ids, taken.tokens);
               }));
  pg::connection fresh{url};
  fresh.exec(send, batch);
  std::printf("%-35s %9.2f ms\n", "first claim of a new session", claim_time(fresh, batch));
  holder.run("rollback");
}

} // namespace

int main(int count, char** arguments) {
  std::vector<std::string> names(arguments + 1, arguments + count);
  auto wanted = [&](const char* name) {
    return names.empty() || std::ranges::find(names, name) != names.end();
  };
  test::temporary_folder folder;
  pg::embedded server{{folder.path(), "shared_buffers = 512MB\nmax_wal_size = 8GB\n"}};
  pg::connection conn{server.url()};
  pg::migrator{conn}.up({"messenger"});
  conn.run("select pgmq.create('bench')");
  if (wanted("throughput"))
    throughput(server.url());
  if (wanted("waiting"))
    waiting(server.url());
  if (wanted("dead"))
    dead_rows(server.url());
}
