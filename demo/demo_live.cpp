#include "demo/demo_live.hpp"

#include "app/context.hpp"
#include "base/clock.hpp"
#include "pg/email/prove_webhooks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <mutex>
#include <random>
#include <thread>
#include <unordered_map>

namespace nova::demo {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto live_look = 50ms;
constexpr auto live_limit = 120s; // beyond what the changes take by themselves
constexpr auto live_settle_limit = 60s;

} // namespace

/// Every notification that was answered with 200, with the time of the POST.
class acknowledged_notifications {
public:
  void saw(const std::string& id, int64_t posted_at) {
    std::lock_guard lock{mutex_};
    auto [known, fresh] = posted_at_.try_emplace(id, posted_at);
    // Of two deliveries the first one made the promise.
    if (!fresh)
      known->second = std::min(known->second, posted_at);
  }

  /// Ids and times, of one length.
  [[nodiscard]] std::pair<std::vector<std::string>, std::vector<int64_t>> columns() const {
    std::lock_guard lock{mutex_};
    std::pair<std::vector<std::string>, std::vector<int64_t>> all;
    for (const auto& [id, posted_at] : posted_at_) {
      all.first.push_back(id);
      all.second.push_back(posted_at);
    }
    return all;
  }

private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, int64_t> posted_at_; // bounded by the run's count
};

namespace {

constexpr uint64_t meanwhile_max = 1'000'000;

/// Replies above all: each takes its thread to the newest window while the backfill lists another.
simulator::live_options meanwhile_of(const demo_options& options) {
  simulator::live_options run;
  run.count = meanwhile_max;
  run.rate = options.replies_meanwhile * 1.5;
  run.mix = {};
  run.mix.reply = 10;
  run.mix.create = 2;
  run.mix.edit = 1;
  run.mix.move = 1;
  run.mix.remove = 1;
  return run;
}

/// When the database is to be restarted, as numbers of changes.
std::vector<uint64_t> restart_points(const demo_options& options, uint64_t changes) {
  std::mt19937_64 random{options.seed};
  std::vector<uint64_t> points;
  for (uint32_t i = 0; i < options.restart_database; ++i)
    points.push_back(1 + random() % std::max<uint64_t>(changes * 9 / 10, 1));
  std::sort(points.rbegin(), points.rend());
  return points;
}

/// Until the run is over and every delivery was answered or given up. `points`: when to restart the
/// database, the first one last.
void await_deliveries(demo_world& world, std::vector<uint64_t> points, demo_display& display,
                      const simulator::live_options& run, demo_summary& result) {
  auto& provider = world.provider();
  auto planned = run.rate > 0 ? static_cast<double>(run.count) / run.rate : 0;
  auto deadline =
    base::monotonic_now() + live_limit + std::chrono::seconds{static_cast<int64_t>(planned)};
  while (base::monotonic_now() < deadline) {
    auto progress = provider.live().progress();
    auto delivered = provider.webhooks().statistics();
    display.draw(static_cast<double>(progress.done)
                   / static_cast<double>(std::max<uint64_t>(progress.count, 1)),
                 {fmt::format("{} of {} changes", progress.done, progress.count),
                  fmt::format("{} webhooks", delivered.acknowledged),
                  fmt::format("{} on their way", delivered.waiting)});
    if (!points.empty() && progress.done >= points.back()) {
      points.pop_back();
      // In turn an orderly restart and a crash.
      world.restart_database(result.database_restarts++ % 2 == 1);
    } else if (!progress.running && delivered.waiting == 0) {
      break;
    }
    world.expect_nodes_alive();
    std::this_thread::sleep_for(live_look); // this is the demo's own pace of looking
  }
  display.end_line();
}

} // namespace

simulator::live_options live_run_of(const demo_options& options) {
  simulator::live_options run;
  run.rate = options.live_rate;
  run.count = options.live_changes;
  if (options.live_script.empty())
    return run;
  std::ifstream file{options.live_script};
  if (!file)
    throw app::command_error(app::exit_code::usage,
                             "--live-script: '" + options.live_script + "' cannot be read");
  auto read = simulator::read_live_options({std::istreambuf_iterator<char>{file}, {}}, run);
  if (!read)
    throw app::command_error(app::exit_code::usage, "--live-script: " + options.live_script + ": "
                                                      + to_string(read.error()));
  return *read;
}

demo_changes::demo_changes(demo_world& world, const demo_options& options)
  : world_(world), options_(options),
    acknowledged_(std::make_shared<acknowledged_notifications>()) {}

void demo_changes::begin() {
  auto& provider = world_.provider();
  provider.webhooks().on_acknowledged(
    [acknowledged = acknowledged_](const std::string& id, int64_t posted_at) {
      acknowledged->saw(id, posted_at);
    });
  provider.add_webhook_target("http://" + world_.http_address(0) + "/webhooks/nylas");
  if (options_.live_changes > 0 && options_.replies_meanwhile > 0)
    provider.start_live(meanwhile_of(options_));
}

void demo_changes::end_meanwhile(demo_display& display, demo_summary& result) {
  auto& live = world_.provider().live();
  live.stop();
  result.changes_meanwhile = live.progress().done;
  auto deadline = base::monotonic_now() + live_limit;
  while (world_.provider().webhooks().statistics().waiting > 0
         && base::monotonic_now() < deadline) {
    world_.expect_nodes_alive();
    std::this_thread::sleep_for(live_look); // this is the demo's own pace of looking
  }
  display.end_line();
}

void demo_changes::follow(const simulator::live_options& run, demo_display& display,
                          demo_summary& result) {
  auto& provider = world_.provider();
  provider.webhooks().distort(run.how);
  provider.start_live(run);
  await_deliveries(world_, restart_points(options_, run.count), display, run, result);
  result.changes = provider.live().progress().done;
}

void demo_changes::prove(demo_summary& result) {
  auto delivered = world_.provider().webhooks().statistics();
  result.webhooks = delivered.acknowledged;
  result.webhooks_given_up = delivered.given_up;
  result.webhooks_dropped = delivered.dropped;
  auto conn = pg::connection{world_.database_url()};
  auto [ids, posted_at] = acknowledged_->columns();
  result.notifications = ids.size();
  auto deadline = base::monotonic_now() + live_settle_limit;
  auto proof = pg::prove_webhooks{ids, posted_at}.run(conn);
  while (proof.pending > 0 && base::monotonic_now() < deadline) {
    std::this_thread::sleep_for(live_look);
    proof = pg::prove_webhooks{ids, posted_at}.run(conn);
  }
  result.notifications_lost = proof.lost;
  result.notifications_pending = proof.pending;
  result.webhook_p50_ms = proof.p50;
  result.webhook_p99_ms = proof.p99;
}

} // namespace nova::demo
