#pragma once

#include "actors/directory.hpp"
#include "actors/observed_actor.hpp"
#include "actors/supervision.hpp"
#include "messages/supervised_children.hpp"

#include <caf/actor_addr.hpp>
#include <caf/error.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nova {

/// Spawns one child, on the supervisor: `self->spawn(…)` and
/// `caf::actor_cast<caf::strong_actor_ptr>` of the handle. May throw, which counts as an abnormal
/// end of the child. Where a later child needs the handle of an earlier one, both factories share a
/// place for it: they run on the supervisor one after the other, and `rest_for_one` starts the
/// later child again when the earlier one has a new handle.
using child_factory = std::function<caf::strong_actor_ptr(
  supervisor_actor::pointer self, const child_spec& spec, directory_slot slot)>;

/// A child is down for good, or was taken up again.
struct child_alarm {
  actor_name name;
  std::string reason; // of its last end
  bool parked = true;
};

/// All that a supervisor is given.
struct supervisor_setup {
  /// Its own entry; its path becomes the parent of its children.
  directory_slot slot;
  std::shared_ptr<actor_directory> directory;
  supervision_rules rules;
  /// How its children are started, by `child_spec::kind`.
  std::map<std::string, child_factory> factories;
  /// Started in this order, stopped in reverse.
  std::vector<child_spec> children;
  /// Called on the supervisor when a child is parked or unparked; must not block. Somebody should
  /// be told.
  std::function<void(const child_alarm&)> alarm;
  /// Of the jitter; 0 takes a random one.
  uint64_t seed = 0;
  /// After `kill`: a child that is blocked in a call longer than this is left behind.
  std::chrono::milliseconds kill_timeout{5000};
};

/// What a `supervisor` keeps between two messages, and what it does with each.
struct supervisor_state : observed {
  using clock = std::chrono::steady_clock;

  static inline const char* name = "supervisor";

  explicit supervisor_state(supervisor_actor::pointer self);

  enum class phase : uint8_t {
    running,
    stopping, // told to end; a timer of this generation kills it
    waiting,  // down; a timer of this generation, or of the common restart, starts it
    parked,   // down until somebody asks for it: it failed too often, or one that it needs did
  };

  struct child {
    child_spec spec;
    directory_slot slot;
    caf::strong_actor_ptr actor; // null while waiting
    phase now = phase::waiting;
    uint64_t generation = 0; // raised so that earlier timers no longer count
    uint32_t ends_in_row = 0;
    restart_history history; // where children are parked
    std::string last_reason;
    clock::time_point started_at;
    bool started_before = false;
    bool killed = false;
    // Who asked for it to be stopped and forgotten.
    std::vector<caf::typed_response_promise<child_stopped>> stop_waiting;
  };

  using children_map = std::map<uint64_t, child>; // by the order of entry, from 1

  void open(supervisor_setup with);
  caf::result<child_started> add(const child_spec& spec);
  caf::result<child_stopped> remove(const stop_child& request);
  caf::result<restart_begun> renew(const restart_child& request);
  caf::result<supervisor_stopped> stop();
  void ended(const caf::actor_addr& who, const caf::error& reason);
  void close(caf::error reason);

private:
  /// Children that must all be down before they are started again, in order.
  struct common_restart {
    uint64_t first = 0; // the lowest number of those that belong to it
    std::chrono::milliseconds delay{0};
    bool park = false; // they are not started again
  };

  uint64_t enter(const child_spec& spec);
  children_map::iterator forget(children_map::iterator which);
  caf::error start(children_map::iterator which);
  void stop_one(children_map::iterator which);
  void down(children_map::iterator which, const caf::error& reason);
  void stopped(children_map::iterator which);
  void follow_up(children_map::iterator which, child_ending ending, const caf::error& reason);
  void plan_restart(children_map::iterator which, std::chrono::milliseconds delay);
  bool park(children_map::iterator which, const caf::error& reason);
  void park_waiting(uint64_t first);
  void unpark(children_map::iterator which);
  void sound_alarm(const child& whose, bool parked) const;
  void tell_standing(uint64_t number) const;
  void tell_standings(uint64_t of_one) const;
  void begin_closing(caf::error reason);
  void proceed();
  /// `number` 0: all that wait for a common restart. Nothing when there is another generation by
  /// then.
  void restart_after(uint64_t number, uint64_t generation, std::chrono::milliseconds delay);
  void restart_now(uint64_t number, uint64_t generation);
  void look_for_end(uint64_t number, std::chrono::milliseconds delay);
  void overdue(uint64_t number, uint64_t generation);
  void start_waiting(uint64_t first);
  void finish();
  void record(const child& whose, const caf::error& reason);
  void release(const caf::actor_addr& who);
  bool in_common_restart(uint64_t number) const;
  uint64_t first_with(uint64_t number) const;
  bool group_parked() const;
  children_map::iterator find(const std::string& kind, const std::string& key);
  children_map::iterator last_alive(uint64_t first, bool those_that_stop_last = true);

  supervisor_actor::pointer self_;
  supervisor_setup setup_;
  std::mt19937_64 random_;
  restart_history history_;
  children_map children_;
  uint64_t last_number_ = 0;
  std::unordered_map<caf::actor_addr, uint64_t> numbers_; // of children that have an actor
  std::map<std::pair<std::string, std::string>, uint64_t> names_;
  std::optional<common_restart> common_;
  uint64_t common_generation_ = 0;
  std::optional<caf::error> closing_; // the reason to end with, once all are down
  supervisor_stopped tally_;
  std::vector<caf::typed_response_promise<supervisor_stopped>> close_waiting_;
};

/// Keeps children running; see `supervisor_actor`. Event-based: it never waits. All children are in
/// its own process; a child on another node is one whose factory spawns a local actor that stands
/// for it.
supervisor_actor::behavior_type
supervisor(observed_pointer<supervisor_actor, supervisor_state> self, supervisor_setup setup);

} // namespace nova
