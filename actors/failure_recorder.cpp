#include "actors/failure_recorder.hpp"

#include "base/log.hpp"
#include "messages/error.hpp"
#include "messages/timed_request.hpp"

#include <caf/stateful_actor.hpp>

#include <utility>

namespace nova {
namespace {

constexpr base::log log{"FailureRecorder"};

using namespace std::chrono_literals;

constexpr auto interval = 250ms;
constexpr std::chrono::seconds after_trouble{2};
constexpr std::chrono::seconds database_timeout{60};

record_failure to_message(const base::actor_failure& failure) {
  record_failure made;
  made.kind = failure.name.kind;
  made.key = failure.name.key;
  made.reason = failure.reason;
  made.restart_no = failure.restart_no;
  made.doing = failure.doing;
  made.at = failure.at;
  return made;
}

} // namespace

void failure_recorder_state::follow() {
  auto found = directory->failures(*written);
  if (found.empty()) {
    self->delayed_send(self, interval, follow_failures{});
    return;
  }
  if (singly)
    found.resize(1);
  std::vector<record_failure> rows;
  rows.reserve(found.size());
  for (const auto& failure : found)
    rows.push_back(to_message(failure));
  auto last = found.back().number;
  timed_request(self, database, database_timeout, std::move(rows))
    .then(
      [this, last](done) {
        *written = last;
        self->delayed_send(self, singly ? 0ms : interval, follow_failures{});
        singly = false;
      },
      [this, last](const caf::error& reason) { refused(last, reason); });
}

void failure_recorder_state::refused(uint64_t last, const caf::error& reason) {
  log.warn("failures not written", {{"reason", describe(reason)}});
  if (reason != ec::database_refused) {
    self->delayed_send(self, after_trouble, follow_failures{});
    return;
  }
  // One that the server does not take must not keep the others out; it stays in the log.
  if (std::exchange(singly, !singly))
    *written = last;
  self->send(self, follow_failures{});
}

failure_recorder_actor::behavior_type
failure_recorder(observed_pointer<failure_recorder_actor, failure_recorder_state> self,
                 base::directory_slot slot, std::shared_ptr<base::directory> directory,
                 failure_database_actor database, std::shared_ptr<std::atomic<uint64_t>> written) {
  self->state.slot = std::move(slot);
  self->state.directory = std::move(directory);
  self->state.database = std::move(database);
  self->state.written = std::move(written);
  self->send(self, follow_failures{});
  return {
    [self](follow_failures) { self->state.follow(); },
  };
}

} // namespace nova
