#include "app/stop_progress.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string_view>

namespace nova::app {
namespace {

constexpr base::log stop_progress_log{"Node"};

constexpr std::chrono::seconds pause{1};
constexpr size_t kinds_shown = 4;

// Who works on one thing and ends with it; all others only wait for these, or end at once.
constexpr std::array<std::string_view, 6> workers = {"thread_sync",          "window_lister",
                                                     "folder_lister",        "attachment_fetcher",
                                                     "notification_handler", "backfill"};

} // namespace

std::string waits_for(const std::vector<actor_row>& actors, base::wall_time now) {
  std::map<std::string, size_t> kinds;
  const actor_row* longest = nullptr;
  for (const auto& row : actors) {
    if (std::ranges::find(workers, row.name.kind) == workers.end())
      continue;
    ++kinds[row.name.kind];
    if (longest == nullptr || row.doing_since < longest->doing_since)
      longest = &row;
  }
  if (longest == nullptr)
    return {};
  std::vector<std::pair<std::string, size_t>> sorted{kinds.begin(), kinds.end()};
  std::ranges::stable_sort(sorted, std::ranges::greater{}, &std::pair<std::string, size_t>::second);
  std::string all;
  for (size_t i = 0; i < std::min(sorted.size(), kinds_shown); ++i)
    all += (i == 0 ? "" : ", ") + sorted[i].first + ' ' + std::to_string(sorted[i].second);
  auto seconds = std::chrono::floor<std::chrono::seconds>(now - longest->doing_since).count();
  return all + "; longest: " + longest->name.path()
         + (longest->doing.empty() ? "" : ", " + longest->doing) + ", for "
         + std::to_string(seconds) + " s";
}

stop_progress::stop_progress(const actor_directory& directory)
  : directory_(directory), thread_([this] { run(); }) {}

stop_progress::~stop_progress() {
  {
    std::lock_guard lock{mutex_};
    done_ = true;
  }
  over_.notify_all();
  thread_.join();
}

void stop_progress::run() {
  std::unique_lock lock{mutex_};
  while (!over_.wait_for(lock, pause, [this] { return done_; })) {
    auto what = waits_for(directory_.snapshot(), directory_.now());
    stop_progress_log.info("still stopping", {{"waits_for", what.empty() ? "its actors" : what}});
  }
}

} // namespace nova::app
