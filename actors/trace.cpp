#include "actors/trace.hpp"

#include <algorithm>
#include <utility>

namespace nova {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr size_t waiting_max = 1000;
constexpr auto timeout = 5s;

} // namespace

std::string actor_name::path() const {
  return key.empty() ? kind : kind + "/" + key;
}

bool trace_filter::takes(const actor_name& name, std::string_view doing) const {
  return (kind.empty() || kind == name.kind) && (key.empty() || key == name.key)
         && (about.empty() || name.key.find(about) != std::string::npos
             || doing.find(about) != std::string_view::npos);
}

struct trace_tap::follower::shared {
  trace_filter filter;
  mutable std::mutex mutex;
  std::deque<trace_event> waiting;
  uint64_t dropped = 0;
  steady::time_point wanted_until = steady::now() + timeout;
};

trace_tap::trace_tap() = default;
trace_tap::~trace_tap() = default;

trace_tap::follower::~follower() {
  auto lock = std::scoped_lock{tap_.mutex_};
  std::erase(tap_.all_, mine_);
  tap_.followers_.store(static_cast<uint32_t>(tap_.all_.size()), std::memory_order_relaxed);
}

std::vector<trace_event> trace_tap::follower::take(size_t at_most) {
  tap_.enter(mine_);
  auto lock = std::scoped_lock{mine_->mutex};
  mine_->wanted_until = steady::now() + timeout;
  auto count = std::min(at_most, mine_->waiting.size());
  auto end = mine_->waiting.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<trace_event> taken{std::make_move_iterator(mine_->waiting.begin()),
                                 std::make_move_iterator(end)};
  mine_->waiting.erase(mine_->waiting.begin(), end);
  return taken;
}

uint64_t trace_tap::follower::dropped() const {
  auto lock = std::scoped_lock{mine_->mutex};
  return mine_->dropped;
}

std::unique_ptr<trace_tap::follower> trace_tap::follow(trace_filter filter) {
  auto mine = std::make_shared<follower::shared>();
  mine->filter = std::move(filter);
  enter(mine);
  return std::unique_ptr<follower>{new follower{std::move(mine), *this}};
}

void trace_tap::enter(const std::shared_ptr<follower::shared>& who) {
  auto lock = std::scoped_lock{mutex_};
  if (std::find(all_.begin(), all_.end(), who) == all_.end())
    all_.push_back(who);
  followers_.store(static_cast<uint32_t>(all_.size()), std::memory_order_relaxed);
}

void trace_tap::offer(const actor_name& name, const trace_event& event) {
  auto lock = std::scoped_lock{mutex_};
  auto gone = std::erase_if(all_, [now = steady::now()](const auto& each) {
    auto inner = std::scoped_lock{each->mutex};
    return each->wanted_until < now;
  });
  if (gone > 0)
    followers_.store(static_cast<uint32_t>(all_.size()), std::memory_order_relaxed);
  for (const auto& each : all_) {
    if (!each->filter.takes(name, event.doing))
      continue;
    auto inner = std::scoped_lock{each->mutex};
    if (each->waiting.size() < waiting_max)
      each->waiting.push_back(event);
    else
      ++each->dropped;
  }
}

} // namespace nova
