#include "syncs/sync_stop.hpp"

namespace nova::syncs {

bool sync_stop::ended() const {
  auto lock = std::scoped_lock{guard_};
  return ended_;
}

void sync_stop::check() const {
  if (ended())
    throw sync_stopped{};
}

void sync_stop::pause(std::chrono::nanoseconds wait) const {
  auto lock = std::unique_lock{guard_};
  if (changed_.wait_for(lock, wait, [this] { return ended_; }))
    throw sync_stopped{};
}

void sync_stop::runs_on(const pg::connection& conn) {
  auto lock = std::scoped_lock{guard_};
  running_.push_back(conn.canceller());
}

void sync_stop::end() {
  std::vector<pg::cancel_token> running;
  {
    auto lock = std::scoped_lock{guard_};
    ended_ = true;
    running = running_;
  }
  changed_.notify_all();
  for (const auto& one : running)
    one.cancel();
}

} // namespace nova::syncs
