#include "demo/demo.hpp"

#include "app/stop_signal.hpp"
#include "app/verification.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "demo/demo_live.hpp"
#include "demo/demo_report.hpp"
#include "demo/demo_world.hpp"
#include "pg/email/add_inbox.hpp"
#include "pg/email/list_progress.hpp"
#include "pg/email/prove_completion.hpp"
#include "pg/email/start_backfill.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <random>
#include <thread>

namespace nova::demo {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto look_interval = 100ms;
constexpr auto look_interval_killing = 2ms; // a backfill of 2,000 threads takes a second
constexpr auto life_max = 60ms;             // between two kills that are due at once
// A doubtful message is read again after two seconds, and soon again when that fails.
constexpr auto settle_limit = 60s;
// Old mail of IMAP is listed folder by folder. What is moved meanwhile, into a folder that was
// listed, is known from its notification only, and is read again after five minutes.
constexpr auto settle_limit_imap = 330s;
constexpr auto settle_look = 1s;
constexpr int64_t year_seconds = int64_t{364} * 24 * 3600;

std::optional<backfill_progress> look(pg::connection& conn, const config_id& config) {
  auto all = pg::list_progress{config}.run(conn);
  return all.empty() ? std::nullopt : std::optional{all.front()};
}

bool ended(const std::string& status) {
  return status == "completed" || status == "failed" || status == "cancelled";
}

/// Kills nodes at random points of the backfill and starts them again: what they did must not be
/// lost, nor done twice in effect. A point is a number of completed threads. Where several are due
/// at once, a node lives for a moment in between, so that it also dies while it starts.
class killer {
public:
  killer(demo_world& world, const demo_options& options) : world_(world), random_(options.seed) {
    // None in the last fifth, so that all kills happen before the backfill is over.
    auto span = std::max<uint64_t>(options.threads * 4 / 5, 1);
    for (uint32_t i = 0; i < options.kills; ++i)
      points_.push_back(random_() % span);
    std::sort(points_.rbegin(), points_.rend());
  }

  void look(uint64_t completed) {
    if (points_.empty() || completed < points_.back() || base::monotonic_now() < lives_until_)
      return;
    points_.pop_back();
    world_.kill_and_restart(random_() % world_.nodes());
    ++kills_;
    lives_until_ =
      base::monotonic_now() + std::chrono::milliseconds{random_() % (life_max / 1ms + 1)};
  }

  [[nodiscard]] uint32_t kills() const {
    return kills_;
  }

private:
  demo_world& world_;
  std::mt19937_64 random_;
  std::vector<uint64_t> points_; // the next one last
  clock::time_point lives_until_;
  uint32_t kills_ = 0;
};

void draw(demo_display& display, const backfill_progress& progress, uint64_t threads,
          double seconds) {
  auto total = std::max(progress.total, threads);
  auto share =
    total == 0 ? 0.0 : static_cast<double>(progress.completed) / static_cast<double>(total);
  auto rate = seconds > 0 ? static_cast<double>(progress.completed) / seconds : 0.0;
  display.draw(share, {fmt::format("{} of {} threads", progress.completed, total),
                       fmt::format("{:.0f} threads/s", rate),
                       fmt::format("{} messages", progress.messages), progress.status});
}

void backfill(demo_world& world, const demo_options& options, demo_display& display,
              const std::string& inbox, demo_summary& result) {
  auto conn = pg::connection{world.database_url()};
  auto now =
    std::chrono::duration_cast<std::chrono::seconds>(base::wall_now().time_since_epoch()).count();
  auto calls_before = world.provider().state().statistics.total();
  killer faults{world, options};
  auto began = base::monotonic_now();
  auto config = pg::start_backfill{inbox_id{inbox}, now - year_seconds, now}.run(conn);
  for (auto drawn = began;;) {
    auto progress = look(conn, config);
    result.seconds = std::chrono::duration<double>(base::monotonic_now() - began).count();
    if (progress) {
      auto over = ended(progress->status);
      if (over || base::monotonic_now() - drawn >= look_interval) {
        draw(display, *progress, options.threads, result.seconds);
        drawn = base::monotonic_now();
      }
      result.threads = progress->completed;
      result.messages = progress->messages;
      result.failed = progress->failed;
      result.completed = progress->status == "completed";
      if (over)
        break;
      faults.look(progress->completed);
    }
    world.expect_nodes_alive();
    // The demo's own pace of looking.
    std::this_thread::sleep_for(options.kills > 0 ? look_interval_killing : look_interval);
  }
  display.end_line();
  result.kills = faults.kills();
  result.completed_once = pg::prove_completion{config}.run(conn).once();
  result.worker = world.used();
  result.api_calls = world.provider().state().statistics.total() - calls_before;
}

/// What is doubtful is read again by itself, so a difference may still go away.
app::verification compare(demo_world& world, const std::string& inbox, const std::string& grant,
                          clock::duration limit) {
  // The lists that it is compared with must be of the whole mailbox, also where Nylas shows 90
  // days.
  auto settings = world.provider().state().current();
  settings.imap_horizon = std::chrono::seconds{0};
  world.provider().state().change(settings);
  auto conn = pg::connection{world.database_url()};
  auto deadline = base::monotonic_now() + limit;
  for (;;) {
    auto compared =
      app::verify_mailbox(conn, world.api(), {inbox_id{inbox}, grant, {}, "demo", false, {}});
    if (compared.equal() || base::monotonic_now() > deadline)
      return compared;
    std::this_thread::sleep_for(settle_look);
  }
}

inbox make_inbox(demo_world& world, const std::string& grant, const std::string& provider) {
  auto conn = pg::connection{world.database_url()};
  return pg::add_inbox{"owner@example.com", grant_id{grant}, provider}.run(conn);
}

} // namespace

int run_demo(const demo_options& options) {
  base::configure_log({base::log_level::warn, base::log_format::text});
  // A mistake in a script is told before anything is started.
  auto run = live_run_of(options);
  mailbox_of(options);
  demo_display display{options.json};
  display.say("Starting a private PostgreSQL, the Nylas simulator and the node…");
  demo_world world{options};
  display.say(
    fmt::format("  database   {}\n  provider   {} ({} threads, as of {})\n  logs       {}",
                world.database_url(), world.provider().url(), options.threads, options.provider,
                world.folder()));
  auto grant = world.provider().grant_ids().front();
  auto inbox = make_inbox(world, grant, options.provider);
  display.say(run.count > 0 && options.replies_meanwhile > 0
                ? "Backfilling a year of mail, while people write…"
                : "Backfilling a year of mail…");
  demo_summary result;
  demo_changes changes{world, options};
  changes.begin();
  backfill(world, options, display, inbox.id.value, result);
  changes.end_meanwhile(display, result);
  if (result.completed && run.count > 0) {
    display.say(fmt::format("Changing the mailbox {} times; webhooks tell…", run.count));
    changes.follow(run, display, result);
  }
  changes.prove(result);
  display.say("Comparing the database with the mailbox, row by row…");
  result.compared = compare(world, inbox.id.value, grant,
                            options.provider == "imap" ? settle_limit_imap : settle_limit);
  // Whoever reads the result may send the signal at once.
  std::optional<app::stop_signal> stop;
  if (options.serve)
    stop.emplace();
  if (options.json)
    print_demo_json(result);
  else
    print_demo_text(result);
  if (stop) {
    std::fflush(stdout); // a file or a pipe would show it only at the end
    display.say("It stays up until a signal comes; look into it with: nova shell");
    stop->wait();
  }
  return result.verified() ? 0 : 1;
}

} // namespace nova::demo
