#include "app/readiness.hpp"

#include "messages/error.hpp"

namespace nova::app {
namespace {

constexpr std::chrono::seconds interval{1};
constexpr std::chrono::seconds patience{5};

} // namespace

void readiness_board::set(std::vector<std::string> reasons) {
  std::lock_guard lock{mutex_};
  reasons_ = std::move(reasons);
  last_set_ = std::chrono::steady_clock::now();
}

std::chrono::steady_clock::time_point readiness_board::last_set() const {
  std::lock_guard lock{mutex_};
  return last_set_;
}

std::vector<std::string> readiness_board::reasons() const {
  std::lock_guard lock{mutex_};
  return reasons_;
}

readiness_actor::behavior_type readiness(readiness_actor::pointer self,
                                         inbox_database_actor database,
                                         std::shared_ptr<readiness_board> board) {
  self->send(self, check_readiness{});
  return {
    [self, database, board](check_readiness) {
      self->request(database, patience, find_inbox{grant_id{"-"}})
        .then(
          [self, board](const inbox_found&) {
            board->set({});
            self->delayed_send(self, interval, check_readiness{});
          },
          [self, board](const caf::error& reason) {
            board->set({"the database does not answer: " + to_string(reason)});
            self->delayed_send(self, interval, check_readiness{});
          });
    },
  };
}

} // namespace nova::app
