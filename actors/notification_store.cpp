#include "actors/notification_store.hpp"

#include "actors/promised_answer.hpp"
#include "base/ensure.hpp"
#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "pg/email/queue_notifications.hpp"

#include <caf/stateful_actor.hpp>

#include <string_view>
#include <unordered_map>
#include <utility>

// One refused row fails the transaction of all its neighbours. So a refused batch is halved until
// the row stands alone: 2 log n more transactions find one bad row among n, and the others are
// stored.

namespace nova {
namespace {

constexpr base::log notification_store_log{"NotificationStore"};

size_t bytes_of(const incoming_notification& request) {
  return request.payload.size() + 500;
}

} // namespace

caf::result<notification_stored> notification_store_state::add(incoming_notification&& request) {
  auto bytes = bytes_of(request);
  if (waiting.size() >= limits.waiting_max || bytes_waiting + bytes > limits.waiting_bytes_max)
    return ec::overloaded;
  bytes_waiting += bytes;
  auto answer = owe_answer<notification_stored>(self);
  waiting.emplace_back(std::move(request), answer);
  write_waiting();
  return answer;
}

void notification_store_state::write_waiting() {
  while (!waiting.empty() && in_flight < limits.batches_in_flight)
    write(take_batch());
  slot.holds(waiting.size());
}

notification_store_state::batch notification_store_state::take_batch() {
  batch taken;
  std::unordered_map<std::string, size_t> row_of;
  size_t bytes = 0;
  while (!waiting.empty() && taken.rows.size() < limits.batch_max
         && bytes < limits.batch_bytes_max) {
    auto& [request, answer] = waiting.front();
    bytes += bytes_of(request);
    auto [row, is_new] = row_of.emplace(request.id, taken.rows.size());
    if (is_new) {
      taken.rows.push_back(std::move(request));
      taken.askers.push_back({std::move(answer), {}});
    } else {
      taken.askers[row->second].others.push_back(std::move(answer));
    }
    waiting.pop_front();
  }
  bytes_waiting -= bytes;
  return taken;
}

void notification_store_state::write(batch what) {
  ++in_flight;
  doing("writing " + std::to_string(what.rows.size()) + " notifications");
  auto rows = what.rows; // kept, should the batch have to be halved
  ask(self, database, pg::queue_notifications{std::move(rows)})
    .then(
      [this, what](const std::vector<bool>& fresh) mutable {
        base::ensure(fresh.size() == what.askers.size(), "one answer a notification");
        for (size_t i = 0; i < fresh.size(); ++i) {
          what.askers[i].first.deliver(notification_stored{!fresh[i]});
          for (auto& other : what.askers[i].others)
            other.deliver(notification_stored{true});
        }
        batch_ended();
      },
      [this, what](const caf::error& reason) mutable {
        fail(std::move(what), reason);
        batch_ended();
      });
}

void notification_store_state::batch_ended() {
  if (--in_flight == 0)
    doing("");
  write_waiting();
}

void notification_store_state::fail(batch what, const caf::error& reason) {
  if (reason == ec::database_refused && what.rows.size() > 1) {
    auto half = static_cast<ptrdiff_t>(what.rows.size() / 2);
    batch second{
      {std::move_iterator(what.rows.begin() + half), std::move_iterator(what.rows.end())},
      {std::move_iterator(what.askers.begin() + half), std::move_iterator(what.askers.end())}};
    what.rows.resize(static_cast<size_t>(half));
    what.askers.erase(what.askers.begin() + half, what.askers.end());
    write(std::move(what));
    write(std::move(second));
    return;
  }
  if (reason == ec::database_refused)
    notification_store_log.error("notification refused by the database",
                                 {{"notification", what.rows[0].id},
                                  {"type", what.rows[0].type},
                                  {"grant", what.rows[0].grant},
                                  {"reason", caf::to_string(reason)}});
  for (auto& askers : what.askers) {
    askers.first.deliver(reason);
    for (auto& other : askers.others)
      other.deliver(reason);
  }
}

notification_store_actor::behavior_type
notification_store(observed_pointer<notification_store_actor, notification_store_state> self,
                   directory_slot slot, database_actor database, notification_store_limits limits) {
  self->state.slot = std::move(slot);
  self->state.database = std::move(database);
  self->state.limits = limits;
  return {
    [self](incoming_notification& request) { return self->state.add(std::move(request)); },
  };
}

} // namespace nova
