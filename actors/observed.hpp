#pragma once

#include "actors/directory.hpp"
#include "base/log.hpp"

#include <caf/actor_addr.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
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

/// What is asked of an actor itself, by who operates the cluster. Stays on its node.
enum class actor_control : uint8_t {
  suspend, // takes no further message; what it handles, and answers to its requests, go on
  wake,
};

/// Has an observed actor obey. Any thread.
void control(const caf::strong_actor_ptr& actor, actor_control what);

/// The place of an actor in the directory: what is put there also learns how to reach the actor and
/// what it counts.
class observed_slot : public directory_slot {
public:
  observed_slot(caf::actor_addr self, std::shared_ptr<actor_activity> activity)
    : self_(std::move(self)), activity_(std::move(activity)) {}

  observed_slot& operator=(directory_slot slot);

private:
  caf::actor_addr self_; // weak
  std::shared_ptr<actor_activity> activity_;
};

/// What an actor's state derives from to be seen in the directory:
///
///     struct thread_sync_state : observed {
///       explicit thread_sync_state(thread_sync_actor::pointer self) : observed(self), self(self)
///       {}
///
///     thread_sync(observed_pointer<thread_sync_actor, thread_sync_state> self,
///     directory_slot slot, …) {
///       self->state.slot = std::move(slot);
///
/// A supervisor hands the slot to its child; who has no supervisor opens one with
/// `directory::open`.
struct observed {
  explicit observed(caf::scheduled_actor* self);

  /// Says what the actor is about to spend time on.
  void doing(std::string_view sentence) const {
    slot.doing(sentence);
  }

  /// Says in the directory and in the log that the actor could not do what it tries again and again
  /// ("claim threads"); in the log the first time, and then once a minute with how often.
  void could_not(const base::log& log, const char* what, const std::string& reason,
                 failing_cause cause = {}) const;
  /// Says that it could, if it could not before. Costs a look at a flag.
  void could(const base::log& log, const char* what) const;

  /// Enters a child that this actor itself spawns; without a directory (in a test) it is entered
  /// nowhere.
  [[nodiscard]] directory_slot open_child(const std::shared_ptr<actor_directory>& directory,
                                          std::string kind, std::string key) const;

  /// Records that such a child ended abnormally and what it was doing; becomes a row of
  /// `actor_failures`.
  static void record_child(const std::shared_ptr<actor_directory>& directory,
                           const directory_slot& child, const caf::error& reason);

  std::shared_ptr<actor_activity> activity;
  observed_slot slot;
};

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::actor_control)
