#pragma once

#include "base/directory.hpp"

#include <caf/fwd.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace nova {

/// Makes an exception in a handler end the actor with `ec::crashed` and the exception's text, which
/// CAF loses otherwise, and answers the request that was being handled with the same, so that the
/// asker does not wait for its time-out. Requests whose promise is kept for later are not answered.
void install_crash_text(caf::scheduled_actor* self);

/// What an actor's state derives from to be seen in the directory:
///
///     struct thread_sync_state : observed {
///       explicit thread_sync_state(thread_sync_actor::pointer self) : observed(self), self(self)
///       {}
///
///     thread_sync(thread_sync_actor::stateful_pointer<thread_sync_state> self,
///     base::directory_slot slot, …) {
///       self->state.slot = std::move(slot);
///
/// A supervisor hands the slot to its child; who has no supervisor opens one with
/// `directory::open`.
struct observed {
  explicit observed(caf::scheduled_actor* self) {
    install_crash_text(self);
  }

  /// Says what the actor is about to spend time on.
  void doing(std::string_view sentence) const {
    slot.doing(sentence);
  }

  /// Counts a message; the first line of a handler, where the count is of interest.
  void handled() const noexcept {
    slot.handled();
  }

  /// Enters a child that this actor itself spawns; without a directory (in a test) it is entered
  /// nowhere.
  [[nodiscard]] base::directory_slot open_child(const std::shared_ptr<base::directory>& directory,
                                                std::string kind, std::string key) const;

  /// Records that such a child ended abnormally and what it was doing; becomes a row of
  /// `actor_failures`.
  static void record_child(const std::shared_ptr<base::directory>& directory,
                           const base::directory_slot& child, const caf::error& reason);

  base::directory_slot slot;
};

} // namespace nova
