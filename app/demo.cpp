#include "app/demo.hpp"

#include "app/child_process.hpp"
#include "app/demo_world.hpp"
#include "app/verification.hpp"
#include "base/log.hpp"
#include "pg/email.hpp"
#include "pg/mail_comparison.hpp"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <thread>

namespace nova::app {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto look_interval = 100ms;
constexpr int bar_width = 30;
constexpr auto live_limit = 120s;
constexpr auto settle_limit = 30s;
constexpr int64_t year_seconds = int64_t{364} * 24 * 3600;

/// What the demo found out.
struct summary {
  uint64_t threads = 0, messages = 0, api_calls = 0, failed = 0;
  double seconds = 0;
  child_process::usage worker;
  uint64_t changes = 0, webhooks = 0;
  double webhook_p50_ms = 0, webhook_p99_ms = 0;
  verification compared;
  bool completed = false;
};

bool on_terminal() {
  return isatty(STDERR_FILENO) != 0;
}

void say(const demo_options& options, const std::string& text) {
  if (!options.json)
    fmt::print(stderr, "{}\n", text);
}

void draw(const demo_options& options, const pg::backfill_progress& progress, double seconds) {
  if (options.json || !on_terminal())
    return;
  auto share = progress.total == 0
                 ? 0.0
                 : static_cast<double>(progress.completed)
                     / static_cast<double>(std::max(progress.total, options.threads));
  std::string bar;
  for (int i = 0; i < bar_width; ++i)
    bar += i < static_cast<int>(share * bar_width) ? "█" : "░";
  auto rate = seconds > 0 ? static_cast<double>(progress.completed) / seconds : 0.0;
  fmt::print(stderr,
             "\r  {} {:3.0f} %  {:>7} of {} threads  {:>6.0f} threads/s  {:>7} messages  {} ", bar,
             share * 100, progress.completed, std::max(progress.total, options.threads), rate,
             progress.messages, progress.status);
}

std::optional<pg::backfill_progress> look(pg::connection& conn, const std::string& config) {
  auto all = pg::list_progress(conn, config);
  return all.empty() ? std::nullopt : std::optional{all.front()};
}

bool ended(const std::string& status) {
  return status == "completed" || status == "failed" || status == "cancelled";
}

/// Kills a node now and then and starts it again: what it did must not be lost, nor done twice in
/// effect.
class killer {
public:
  killer(demo_world& world, const demo_options& options)
    : world_(world), kills_left_(options.kills), every_(options.threads / (options.kills + 1)),
      random_(options.seed) {}

  void look(uint64_t completed) {
    if (kills_left_ == 0 || completed < next_)
      return;
    --kills_left_;
    next_ = completed + every_ / 2 + random_() % std::max<uint64_t>(every_ / 2, 1);
    world_.kill_and_restart(random_() % world_.nodes());
  }

private:
  demo_world& world_;
  uint32_t kills_left_;
  uint64_t every_;
  uint64_t next_ = 1;
  std::mt19937_64 random_;
};

void backfill(demo_world& world, const demo_options& options, const std::string& inbox,
              summary& result) {
  auto conn = pg::connection{world.database_url()};
  auto now = std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count();
  auto calls_before = world.provider().state().statistics.total();
  killer faults{world, options};
  auto began = clock::now();
  auto config = pg::start_backfill(conn, inbox, now - year_seconds, now);
  for (;;) {
    auto progress = look(conn, config);
    result.seconds = std::chrono::duration<double>(clock::now() - began).count();
    if (progress) {
      draw(options, *progress, result.seconds);
      result.threads = progress->completed;
      result.messages = progress->messages;
      result.failed = progress->failed;
      result.completed = progress->status == "completed";
      faults.look(progress->completed);
      if (ended(progress->status))
        break;
    }
    world.expect_nodes_alive();
    std::this_thread::sleep_for(look_interval); // this is the demo's own pace of looking
  }
  if (on_terminal() && !options.json)
    fmt::print(stderr, "\n");
  result.worker = world.used();
  result.api_calls = world.provider().state().statistics.total() - calls_before;
}

/// The mailbox changes, and the database must follow by webhook.
void follow_changes(demo_world& world, const demo_options& options, summary& result) {
  auto& provider = world.provider();
  provider.add_webhook_target("http://" + world.http_address(0) + "/webhooks/nylas");
  nylas::simulator::live_options live;
  live.rate = options.live_rate;
  live.count = options.live_changes;
  provider.start_live(live);
  auto deadline = clock::now() + live_limit;
  while (clock::now() < deadline
         && (provider.live().progress().running || provider.webhooks().statistics().waiting > 0)) {
    world.expect_nodes_alive();
    std::this_thread::sleep_for(look_interval);
  }
  auto delivered = provider.webhooks().statistics();
  result.changes = provider.live().progress().done;
  result.webhooks = delivered.acknowledged;
  auto conn = pg::connection{world.database_url()};
  auto measured = pg::measure_webhooks(conn);
  result.webhook_p50_ms = measured.p50;
  result.webhook_p99_ms = measured.p99;
}

/// Doubtful messages are read again after two seconds, so a difference may still go away.
verification compare(demo_world& world, const std::string& inbox, const std::string& grant) {
  auto conn = pg::connection{world.database_url()};
  auto deadline = clock::now() + settle_limit;
  for (;;) {
    auto compared = verify_mailbox(conn, world.api(), {inbox, grant, false, {}});
    if (compared.equal() || clock::now() > deadline)
      return compared;
    std::this_thread::sleep_for(look_interval);
  }
}

void print_json(const summary& result) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> out{buffer};
  auto rate = [&](uint64_t count) {
    return result.seconds > 0 ? static_cast<double>(count) / result.seconds : 0.0;
  };
  out.SetMaxDecimalPlaces(3);
  out.StartObject();
  out.Key("threads"), out.Uint64(result.threads);
  out.Key("messages"), out.Uint64(result.messages);
  out.Key("api_calls"), out.Uint64(result.api_calls);
  out.Key("seconds"), out.Double(result.seconds);
  out.Key("threads_per_second"), out.Double(rate(result.threads));
  out.Key("messages_per_second"), out.Double(rate(result.messages));
  out.Key("verified"), out.Bool(result.completed && result.compared.equal());
  out.Key("threads_failed"), out.Uint64(result.failed);
  out.Key("worker_cpu_seconds"), out.Double(result.worker.cpu_seconds);
  out.Key("worker_resident_bytes_max"), out.Uint64(result.worker.resident_bytes_max);
  out.Key("changes"), out.Uint64(result.changes);
  out.Key("webhooks"), out.Uint64(result.webhooks);
  out.Key("webhook_p50_ms"), out.Double(result.webhook_p50_ms);
  out.Key("webhook_p99_ms"), out.Double(result.webhook_p99_ms);
  out.Key("missing"), out.Uint64(result.compared.missing);
  out.Key("stale"), out.Uint64(result.compared.stale);
  out.Key("extra"), out.Uint64(result.compared.extra);
  out.EndObject();
  fmt::print("{}\n", buffer.GetString());
}

void print_text(const summary& result) {
  const auto& compared = result.compared;
  fmt::print(
    "\n  threads    {} ({:.0f} a second)\n  messages   {} ({:.0f} a second)\n"
    "  API calls  {}\n  seconds    {:.2f}\n  node       {:.2f} CPU seconds, at most {} MiB\n",
    result.threads, static_cast<double>(result.threads) / result.seconds, result.messages,
    static_cast<double>(result.messages) / result.seconds, result.api_calls, result.seconds,
    result.worker.cpu_seconds, result.worker.resident_bytes_max >> 20);
  if (result.webhooks > 0)
    fmt::print("  live       {} changes, {} webhooks, arrival to committed effect p50 {:.1f} ms, "
               "p99 {:.1f} ms\n",
               result.changes, result.webhooks, result.webhook_p50_ms, result.webhook_p99_ms);
  fmt::print("  compared   {} messages in {} threads: {} missing, {} different, {} extra\n\n",
             compared.messages, compared.threads, compared.missing, compared.stale, compared.extra);
  for (const auto& difference : compared.differences)
    fmt::print("  {}\n", difference);
  fmt::print("{}\n", result.completed && compared.equal() ? "verified" : "NOT verified");
}

} // namespace

int run_demo(const demo_options& options) {
  base::configure_log({base::log_level::warn, base::log_format::text});
  say(options, "Starting a private PostgreSQL, the Nylas simulator and the node…");
  demo_world world{options};
  say(options,
      fmt::format("  database   {}\n  provider   {} ({} threads)\n  logs       {}",
                  world.database_url(), world.provider().url(), options.threads, world.folder()));
  auto conn = pg::connection{world.database_url()};
  auto grant = world.provider().grant_ids().front();
  auto inbox = pg::add_inbox(conn, "owner@example.com", grant, "nylas");
  say(options, "Backfilling a year of mail…");
  summary result;
  backfill(world, options, inbox.id, result);
  if (result.completed && options.live_changes > 0) {
    say(options,
        fmt::format("Changing the mailbox {} times; webhooks tell…", options.live_changes));
    follow_changes(world, options, result);
  }
  say(options, "Comparing the database with the mailbox, row by row…");
  result.compared = compare(world, inbox.id, grant);
  if (options.json)
    print_json(result);
  else
    print_text(result);
  if (options.serve)
    world.serve();
  return result.completed && result.compared.equal() ? 0 : 1;
}

} // namespace nova::app
