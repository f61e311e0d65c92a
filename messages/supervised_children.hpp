#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace nova {

/// Which ends of a child lead to a restart.
enum class restart_policy : uint8_t {
  permanent, // every end
  transient, // abnormal ends; a normal one means that its work is done
  temporary, // none
};

std::string to_string(restart_policy);

/// A child of a supervisor, as data: what is started is found by `kind` in the supervisor's
/// factories.
struct child_spec {
  std::string kind;
  std::string key;
  restart_policy restart = restart_policy::permanent;
  /// How long an ordered stop waits before it kills. A supervisor as a child needs more than the
  /// sum of its own children's.
  std::chrono::milliseconds stop_timeout{5000};
  /// In an ordered stop of the supervisor the others go first, wherever it stands.
  bool stops_last = false;
};

/// Asks for one more child, which is started after the others and stopped before them.
struct start_child {
  child_spec spec;
};

struct child_started {};

/// Asks to end a child and to forget it.
struct stop_child {
  std::string kind;
  std::string key;
};

/// Says that the child is gone; `killed` when it had to be.
struct child_stopped {
  bool killed = false;
};

/// Asks to stop a child and start it again, and those that go with it, without delay. A parked one
/// is taken up again.
struct restart_child {
  std::string kind;
  std::string key;
};

struct restart_begun {};

/// Asks to end the supervisor and all below it.
struct stop_supervisor {};

/// Says how the ordered stop went.
struct supervisor_stopped {
  uint32_t children = 0; // that ran when the stop began
  uint32_t killed = 0;   // of these, which did not end within their `stop_timeout`
  uint32_t stuck = 0;    // of these, which did not even end when killed: blocked in a call
};

/// Keeps its children running. An exit message with any reason but `kill` is an ordered stop;
/// `kill` ends the supervisor and, through links, its children at once. When its children fail more
/// often than its limit allows it stops them and ends with `ec::restart_intensity`.
using supervisor_actor = caf::typed_actor<
  // Answers once the child is entered; it runs as soon as no common restart is in its way. Fails
  // with `ec::crashed` when it cannot be started (then it is forgotten), `ec::not_possible` when
  // there is no such kind or already a child of that name, `ec::stopped` when the supervisor is
  // going down.
  caf::replies_to<start_child>::with<child_started>,
  // Answers once it is down. Fails with `ec::not_possible` when there is no such child.
  caf::replies_to<stop_child>::with<child_stopped>,
  // Answers at once; the restart does not count against the limit. Fails with `ec::not_possible`
  // when there is no such child or it is temporary, `ec::stopped` when the supervisor is going
  // down.
  caf::replies_to<restart_child>::with<restart_begun>,
  // Stops the children one by one, the youngest first, answers when all are down, and ends.
  caf::replies_to<stop_supervisor>::with<supervisor_stopped>>;

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::start_child)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::child_started)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::stop_child)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::child_stopped)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::restart_child)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::restart_begun)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::stop_supervisor)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::supervisor_stopped)
