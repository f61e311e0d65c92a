#include "app/readiness.hpp"

#include "base/clock.hpp"
#include "messages/error_code.hpp"
#include "pg/email/list_inboxes.hpp"

#include <utility>

namespace nova::app {
namespace {

constexpr std::chrono::seconds interval{1};
constexpr std::chrono::seconds timeout{5};

} // namespace

void readiness_board::set(std::vector<std::string> reasons) {
  std::lock_guard lock{mutex_};
  reasons_ = std::move(reasons);
}

void readiness_board::tick() {
  std::lock_guard lock{mutex_};
  last_tick_ = base::monotonic_now();
  if (told_)
    told_();
}

void readiness_board::on_tick(std::function<void()> told) {
  std::lock_guard lock{mutex_};
  told_ = std::move(told);
}

std::chrono::steady_clock::time_point readiness_board::last_tick() const {
  std::lock_guard lock{mutex_};
  return last_tick_;
}

std::vector<std::string> readiness_board::reasons() const {
  std::lock_guard lock{mutex_};
  return reasons_;
}

void readiness_state::look() {
  board->tick();
  next_look.after(interval, [this] { look(); });
  // A database that does not answer must not look like actors that stand still.
  if (std::exchange(asking, true))
    return;
  ask(self, database, pg::list_inboxes{"-"}, timeout)
    .then(
      [this](const std::vector<inbox>&) {
        asking = false;
        board->set({});
      },
      [this](const caf::error& reason) {
        asking = false;
        board->set({"the database does not answer: " + to_string(reason)});
      });
}

readiness_actor::behavior_type readiness(observed_pointer<readiness_actor, readiness_state> self,
                                         directory_slot slot, database_actor database,
                                         std::shared_ptr<readiness_board> board) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->state.board = std::move(board);
  self->state.look();
  return untold();
}

} // namespace nova::app
