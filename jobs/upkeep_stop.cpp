#include "jobs/upkeep_stop.hpp"

namespace nova::jobs {

void upkeep_stop::check() const {
  pause(std::chrono::nanoseconds::zero());
}

void upkeep_stop::pause(std::chrono::nanoseconds wait) const {
  auto lock = std::unique_lock{guard_};
  if (changed_.wait_for(lock, wait, [this] { return ended_; }))
    throw upkeep_stopped{};
}

void upkeep_stop::runs_on(const pg::connection& conn) {
  auto lock = std::scoped_lock{guard_};
  running_ = conn.canceller();
}

void upkeep_stop::end() {
  std::optional<pg::cancel_token> running;
  {
    auto lock = std::scoped_lock{guard_};
    ended_ = true;
    running = running_;
  }
  changed_.notify_all();
  if (running)
    running->cancel();
}

} // namespace nova::jobs
