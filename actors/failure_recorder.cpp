#include "actors/failure_recorder.hpp"

#include "actors/message_names.hpp"
#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "pg/cluster/record_actor_failures.hpp"

#include <caf/stateful_actor.hpp>

#include <utility>

namespace nova {
namespace {

constexpr base::log failure_recorder_log{"FailureRecorder"};

using namespace std::chrono_literals;

constexpr auto interval = 250ms;
constexpr std::chrono::seconds after_trouble{2};

pg::actor_failure to_row(const actor_failure& failure) {
  pg::actor_failure made;
  made.kind = failure.name.kind;
  made.key = failure.name.key;
  made.reason = failure.reason;
  made.restart_number = failure.restart_no;
  made.message_type = name_of_type(failure.message);
  made.doing = failure.doing;
  made.at =
    std::chrono::duration_cast<std::chrono::microseconds>(failure.at.time_since_epoch()).count();
  return made;
}

} // namespace

void failure_recorder_state::follow() {
  auto found = needs.directory->failures(*needs.written);
  if (found.empty()) {
    next.after(interval, [this] { follow(); });
    return;
  }
  if (singly)
    found.resize(1);
  pg::record_actor_failures query;
  query.node = needs.node;
  for (const auto& failure : found)
    query.failures.push_back(to_row(failure));
  auto last = found.back().number;
  ask(self, needs.database, std::move(query))
    .then(
      [this, last] {
        *needs.written = last;
        next.after(singly ? 0ms : interval, [this] { follow(); });
        singly = false;
      },
      [this, last](const caf::error& reason) { refused(last, reason); });
}

void failure_recorder_state::refused(uint64_t last, const caf::error& reason) {
  failure_recorder_log.warn("failures not written", {{"reason", describe(reason)}});
  if (reason != ec::database_refused) {
    next.after(after_trouble, [this] { follow(); });
    return;
  }
  // One that the server does not take must not keep the others out; it stays in the log.
  if (std::exchange(singly, !singly))
    *needs.written = last;
  follow();
}

failure_recorder_actor::behavior_type
failure_recorder(observed_pointer<failure_recorder_actor, failure_recorder_state> self,
                 directory_slot slot, failure_recorder_needs needs) {
  self->state.slot = std::move(slot);
  self->state.needs = std::move(needs);
  self->state.follow();
  return untold();
}

} // namespace nova
