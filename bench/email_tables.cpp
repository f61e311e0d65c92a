// How fast the tables of schema/email take what a backfill writes: messages, pages of threads,
// claims.
//
//   email_tables messages|copy|threads [WRITERS] [SECONDS] [THREADS A CALL] [MESSAGES A THREAD]
//   [BYTES A BODY] [IDS IN NO ORDER: 1]
//
// `copy` sets store_messages beside COPY BINARY of the same rows into the same tables, in turns,
// with one writer, and gives medians: what else the machine does meets single calls.
//
// Uses DATABASE_URL, migrated, or else a private server with durable settings in a temporary
// folder.
#include "base/clock.hpp"
#include "bench/copied_messages.hpp"
#include "pg/email/add_inbox.hpp"
#include "pg/email/begin_discovery.hpp"
#include "pg/email/claim_threads.hpp"
#include "pg/email/claim_window.hpp"
#include "pg/email/complete_threads.hpp"
#include "pg/email/record_page.hpp"
#include "pg/email/start_backfill.hpp"
#include "pg/email/store_messages.hpp"
#include "pg/email/try_complete_backfill.hpp"
#include "pg/embedded.hpp"
#include "pg/migrator.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace nova;
using steady = std::chrono::steady_clock;

struct options {
  std::string what = "messages";
  int writers = 1;
  std::chrono::seconds duration{5};
  int threads = 100;
  int messages = 10;
  int body_bytes = 4096;
  bool shuffled = false; // ids in no order, as some providers give them
};

double seconds_since(steady::time_point start) {
  return std::chrono::duration<double>(steady::now() - start).count();
}

/// Text like that of email: words from a vocabulary, so that it compresses as email does.
std::vector<std::string> make_bodies(int bytes) {
  std::mt19937 random(42);
  std::vector<std::string> words(1500);
  for (auto& word : words) {
    for (size_t length = 2 + random() % 9; length > 0; --length)
      word += static_cast<char>('a' + random() % 26);
  }
  std::vector<std::string> bodies(64);
  for (auto& body : bodies) {
    body = "<html><body>";
    while (body.size() < static_cast<size_t>(bytes))
      body += (random() % 12 == 0 ? "</p><p class=\"x\">" : " ") + words[random() % words.size()];
    body.resize(static_cast<size_t>(bytes));
  }
  return bodies;
}

const sql::statement backend_pid{"backend_pid", "select pg_backend_pid()"};

/// Time of a process on a processor so far, in seconds.
double cpu_seconds(int pid) {
  std::ifstream times("/proc/" + std::to_string(pid) + "/schedstat");
  double nanoseconds = 0;
  times >> nanoseconds;
  return nanoseconds / 1e9;
}

/// What one call writes; owns the texts that the columns point to.
struct batch {
  std::vector<std::string> texts;
  pg::message_columns columns;
};

batch make_batch(const options& wanted, const std::string& inbox, const std::string& prefix,
                 const std::vector<std::string>& bodies) {
  static const std::string addresses = R"([{"email":"somebody@example.com","name":"Some Body"}])";
  static const std::string folders = R"(["IMPORTANT","INBOX"])";
  static const std::string attachment =
    R"([{"id":"a1","filename":"invoice.pdf","content_type":"application/pdf","size":48211}])";
  batch out;
  auto& c = out.columns;
  auto count = static_cast<size_t>(wanted.threads) * static_cast<size_t>(wanted.messages);
  out.texts.reserve(count * 3);
  auto own = [&](std::string text) -> std::string_view {
    return out.texts.emplace_back(std::move(text));
  };
  auto now = base::wall_now().time_since_epoch().count();
  for (size_t i = 0; i < count; ++i) {
    auto thread = i / static_cast<size_t>(wanted.messages);
    auto number = std::to_string(i);
    c.inbox_id.push_back(inbox);
    auto first = wanted.shuffled ? std::to_string(std::hash<std::string>{}(prefix + number))
                                 : std::string{"message"};
    c.id.push_back(own(std::move(first.append("-").append(prefix).append("-").append(number))));
    c.thread_id.push_back(
      own(std::string{"thread-"}.append(prefix).append("-").append(std::to_string(thread))));
    c.subject.push_back("Re: the subject of this conversation");
    c.snippet.push_back(
      "Some hundred characters of what the message begins with, as the provider cuts it");
    c.body.push_back(bodies[i % bodies.size()]);
    c.from.push_back(addresses);
    c.to.push_back(addresses);
    c.cc.push_back("[]");
    c.bcc.push_back("[]");
    c.reply_to.push_back("[]");
    c.attachments.push_back(i % 5 == 0 ? std::string_view(attachment) : "[]");
    c.folders.push_back(folders);
    c.metadata.push_back("{}");
    c.date.emplace_back(1'760'000'000 + static_cast<int64_t>(i));
    c.unread.push_back(i % 3 == 0);
    c.starred.push_back(false);
    c.carried.push_back(32767); // all
    auto hash = own(std::string(16 - number.size(), 'h') + number);
    c.core_hash.push_back(hash);
    c.extra_hash.push_back(hash);
    c.notes.push_back("");
    c.lo.push_back(now);
    c.hi.push_back(now + 1000);
    c.origin.push_back("backfill");
  }
  return out;
}

struct tally {
  std::atomic<uint64_t> rows{0}, calls{0};
  std::atomic<double> cpu{0};
};

void write_messages(const options& wanted, const std::string& url, int writer, tally& total) {
  pg::connection conn(url);
  auto pid = conn.exec(backend_pid).value<int>();
  auto inbox =
    pg::add_inbox{"bench@example.com", grant_id{"grant-" + std::to_string(writer)}, "google"}.run(
      conn);
  auto bodies = make_bodies(wanted.body_bytes);
  auto run = std::to_string(std::random_device{}());
  // The first call plans; it is not what a running service does.
  pg::store_messages{make_batch(wanted, inbox.id.value, run + "-warm", bodies).columns}.run(conn);
  auto before = cpu_seconds(pid);
  auto start = steady::now();
  for (int call = 0; steady::now() - start < wanted.duration; ++call) {
    auto next = make_batch(wanted, inbox.id.value, run + "-" + std::to_string(call), bodies);
    total.rows += pg::store_messages{std::move(next.columns)}.run(conn).inserted;
    ++total.calls;
  }
  total.cpu = total.cpu + cpu_seconds(pid) - before;
}

/// 100,000 threads in pages of `threads`, then claimed in batches of `threads` and completed.
void write_threads(const options& wanted, const std::string& url) {
  constexpr int count = 100'000;
  pg::connection conn(url);
  auto grant = "grant-" + std::to_string(std::random_device{}());
  auto inbox = pg::add_inbox{"bench@example.com", grant_id{grant}, "google"}.run(conn);
  auto now =
    std::chrono::duration_cast<std::chrono::seconds>(base::wall_now().time_since_epoch()).count();
  auto config = pg::start_backfill{inbox.id, now - 600'000, now - 3600}.run(conn);
  auto window = pg::begin_discovery{config}.run(conn).windows.at(0);
  window.token = pg::claim_window{config, window.id, 0, "bench"}.run(conn);
  auto pid = conn.exec(backend_pid).value<int>();
  auto cpu = cpu_seconds(pid);
  auto start = steady::now();
  for (int at = 0; at < count;) {
    std::vector<listed_thread> page;
    for (int i = 0; i < wanted.threads && at < count; ++i, ++at)
      page.push_back({thread_id{"thread-" + std::to_string(at)}, now - at});
    auto next = at < count ? std::to_string(at) : std::string{};
    pg::record_page{config, window, page, false, next}.run(conn);
    window.cursor = next;
  }
  std::printf("record_page: %.0f threads/s in pages of %d, server CPU %.4f s per 1,000\n",
              count / seconds_since(start), wanted.threads,
              (cpu_seconds(pid) - cpu) * 1000 / count);
  cpu = cpu_seconds(pid);
  std::vector<double> claim_ms;
  start = steady::now();
  for (;;) {
    auto claimed_at = steady::now();
    auto claims = pg::claim_threads{"bench", 1, static_cast<uint32_t>(wanted.threads)}.run(conn);
    claim_ms.push_back(seconds_since(claimed_at) * 1000);
    if (claims.empty())
      break;
    pg::complete_threads{claims, std::vector<uint32_t>(claims.size(), 10)}.run(conn);
  }
  auto all = seconds_since(start);
  std::sort(claim_ms.begin(), claim_ms.end());
  std::printf("claim and complete: %.0f threads/s in batches of %d, server CPU %.4f s per 1,000; "
              "a claim p50 %.1f ms, p99 %.1f ms\n",
              count / all, wanted.threads, (cpu_seconds(pid) - cpu) * 1000 / count,
              claim_ms[claim_ms.size() / 2], claim_ms[claim_ms.size() * 99 / 100]);
  start = steady::now();
  auto completed = pg::try_complete_backfill{config}.run(conn);
  std::printf("completion %s in %.1f ms\n", completed ? "decided" : "NOT decided",
              seconds_since(start) * 1000);
}

void bench_messages(const options& wanted, const std::string& url) {
  tally total;
  auto start = steady::now();
  std::vector<std::jthread> writers;
  writers.reserve(static_cast<size_t>(wanted.writers));
  for (int i = 0; i < wanted.writers; ++i)
    writers.emplace_back([&, i] { write_messages(wanted, url, i, total); });
  writers.clear();
  auto took = seconds_since(start);
  std::printf(
    "store_messages: %.0f messages/s, %d writers, %d threads x %d messages of %d bytes a call, "
    "%.1f ms a call, server CPU %.3f s per 1,000\n",
    static_cast<double>(total.rows) / took, wanted.writers, wanted.threads, wanted.messages,
    wanted.body_bytes, took * 1000 * wanted.writers / static_cast<double>(total.calls),
    total.cpu * 1000 / static_cast<double>(total.rows));
}

const sql::statement wal_bytes{
  "wal_bytes", "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"};

/// What of the messages, attachments and threads of two inboxes differs, but for the names that a
/// call gave them: the number of rows that only one has.
const sql::statement unlike_rows{"unlike_rows", R"(
with pair as (select $1::uuid as one, $2::uuid as other),
messages as (
  select m.inbox_id = p.one as first, to_jsonb(m) - '{id,inbox_id,created_at,updated_at,changed_in,lo,hi}'::text[]
           || jsonb_build_object('nylas_message_id', split_part(m.nylas_message_id, '-', 4),
                                 'nylas_thread_id', split_part(m.nylas_thread_id, '-', 4)) as row
    from pair p join public.flux_email_messages m on m.inbox_id in (p.one, p.other)),
threads as (
  select t.inbox_id = p.one as first, to_jsonb(t) - '{id,inbox_id,created_at,updated_at}'::text[]
           || jsonb_build_object('nylas_thread_id', split_part(t.nylas_thread_id, '-', 4)) as row
    from pair p join public.flux_email_threads t on t.inbox_id in (p.one, p.other)),
attachments as (
  select a.inbox_id = p.one as first, to_jsonb(a) - 'inbox_id'
           || jsonb_build_object('nylas_message_id', split_part(a.nylas_message_id, '-', 4)) as row
    from pair p join public.flux_email_attachments a on a.inbox_id in (p.one, p.other)),
counted as (
  select count(*) filter (where r.first) - count(*) filter (where not r.first) as apart
    from (select * from messages union all select * from threads union all select * from attachments) r
   group by r.row)
select coalesce(sum(abs(c.apart)), 0)::bigint from counted c)"};

/// One way to write the same rows, and what each call took.
struct way {
  const char* name;
  std::function<void(const batch&)> write;
  int backend;
  std::string inbox = {};
  std::vector<double> seconds = {}, cpu = {};
  int64_t wal = 0;
};

double middle(std::vector<double> values) {
  auto half = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), half, values.end());
  return *half;
}

/// The ways in turns, each with rows and an inbox of its own.
void compare_ways(const options& wanted, const std::string& url) {
  pg::connection looker(url), storer(url);
  copied_messages copier(url), message_copier(url);
  way ways[] = {{"store_messages",
                 [&](const batch& of) { pg::store_messages{of.columns}.run(storer); },
                 storer.exec(backend_pid).value<int>(),
                 {}},
                {"COPY of messages, attachments, threads",
                 [&](const batch& of) { copier.write(of.columns); },
                 copier.backend(),
                 {}},
                {"COPY of messages alone",
                 [&](const batch& of) { message_copier.write_messages(of.columns); },
                 message_copier.backend(),
                 {}}};
  auto bodies = make_bodies(wanted.body_bytes);
  auto run = std::to_string(std::random_device{}());
  for (auto& one : ways) {
    grant_id grant{std::string("grant-") + one.name + run};
    one.inbox = pg::add_inbox{"bench@example.com", grant, "google"}.run(looker).id.value;
    one.write(make_batch(wanted, one.inbox, run + "-warm", bodies));
  }
  if (auto apart = looker.exec(unlike_rows, ways[0].inbox, ways[1].inbox).value<int64_t>())
    throw std::runtime_error(std::to_string(apart) + " rows are not alike");
  int calls = 0;
  for (auto start = steady::now(); steady::now() - start < wanted.duration; ++calls)
    for (size_t turn = 0; turn < std::size(ways); ++turn) {
      auto& one = ways[(turn + static_cast<size_t>(calls)) % std::size(ways)];
      auto next = make_batch(wanted, one.inbox,
                             run + "-" + std::to_string(calls * std::ssize(ways) + turn), bodies);
      auto wal = looker.exec(wal_bytes).value<int64_t>();
      auto cpu = cpu_seconds(one.backend);
      auto begin = steady::now();
      one.write(next);
      one.seconds.push_back(seconds_since(begin));
      one.cpu.push_back(cpu_seconds(one.backend) - cpu);
      one.wal += looker.exec(wal_bytes).value<int64_t>() - wal;
    }
  auto rows = static_cast<double>(wanted.threads) * wanted.messages;
  auto [seconds, cpu] = std::pair{middle(ways[0].seconds), middle(ways[0].cpu)};
  for (const auto& one : ways)
    std::printf(
      "%-38s %7.0f messages/s, server CPU %.4f s per 1,000, %5.0f bytes of WAL a message; "
      "store_messages has %.3f of its speed, %.3f by server CPU\n",
      one.name, rows / middle(one.seconds), middle(one.cpu) * 1000 / rows,
      static_cast<double>(one.wal) / rows / calls, middle(one.seconds) / seconds,
      middle(one.cpu) / cpu);
}

} // namespace

int main(int count, char** arguments) {
  options wanted;
  auto number = [&](int i, int otherwise) {
    return count > i ? std::atoi(arguments[i]) : otherwise;
  };
  wanted.what = count > 1 ? arguments[1] : wanted.what;
  wanted.writers = number(2, wanted.writers);
  wanted.duration = std::chrono::seconds(number(3, 5));
  wanted.threads = number(4, wanted.threads);
  wanted.messages = number(5, wanted.messages);
  wanted.body_bytes = number(6, wanted.body_bytes);
  wanted.shuffled = number(7, 0) != 0;
  auto run = [&](const std::string& url) {
    if (wanted.what == "threads")
      write_threads(wanted, url);
    else if (wanted.what == "copy")
      compare_ways(wanted, url);
    else
      bench_messages(wanted, url);
  };
  if (auto url = std::getenv("DATABASE_URL")) { // NOLINT(concurrency-mt-unsafe): before any thread
    run(url);
    return 0;
  }
  auto folder = (std::filesystem::temp_directory_path() / "nova-bench-XXXXXX").string();
  if (!mkdtemp(folder.data()))
    return 1;
  {
    pg::embedded server({.folder = folder});
    pg::connection conn(server.url());
    pg::migrator(conn).up();
    run(server.url());
  }
  std::filesystem::remove_all(folder);
}
