#pragma once

#include "base/backoff.hpp"
#include "messages/supervised_children.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <random>
#include <string>

namespace nova {

/// Which children are restarted with the one that ended.
enum class restart_strategy : uint8_t {
  one_for_one,  // it alone
  rest_for_one, // it and those started after it, which may depend on it
  one_for_all,  // all
};

std::string to_string(restart_strategy);

/// At most so many restarts within a sliding window; one more is beyond it. So is one more of one
/// child in a row, each of which ran for less than the window: who fails after half a minute never
/// comes to five in one.
struct restart_limit {
  uint32_t restarts_max = 5;
  std::chrono::milliseconds within{60'000};
  uint32_t in_row_max = 10;
};

/// How a child ended, as far as supervision cares.
enum class child_ending : uint8_t {
  normal,    // it was done, or was told to stop
  abnormal,  // a failure of its own
  node_lost, // its node is gone, which is no child's fault
};

std::string to_string(child_ending);

/// Sorts a CAF exit reason. No reason and `user_shutdown` are normal; a lost link is a lost node.
[[nodiscard]] child_ending classify(const caf::error& reason);

/// The restarts within the window.
class restart_history {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Counts one more and returns true, unless that would be above the limit. A restart is out of
  /// the window when it is `within` old, to the tick.
  [[nodiscard]] bool admit(time_point now, const restart_limit& limit);

  /// Those that were counted, the oldest first; some may be out of the window by now.
  [[nodiscard]] const std::deque<time_point>& counted() const noexcept {
    return recent_;
  }

private:
  std::deque<time_point> recent_; // never longer than the limit
};

/// The end of a child that nobody asked for.
struct child_end {
  restart_policy restart = restart_policy::permanent;
  child_ending ending = child_ending::abnormal;
  uint32_t ends_in_row = 0; // before this one, each soon after its start
};

enum class verdict : uint8_t { forget, restart, escalate };

std::string to_string(verdict);

struct decision {
  verdict what = verdict::forget;
  std::chrono::milliseconds delay{0}; // before the restart

  friend bool operator==(const decision&, const decision&) = default;
};

/// What follows when the limit is used up.
enum class beyond_limit : uint8_t {
  escalate, // the supervisor ends
  park,     // the child, and those that go with it, stay down until somebody restarts them
};

std::string to_string(beyond_limit);

/// What a supervisor does by: how often, how fast, and who with whom.
struct supervision_rules {
  restart_strategy strategy = restart_strategy::one_for_one;
  /// Counts for all children together, or, where children are parked, for each: one that fails all
  /// the time must not use up what the others have.
  restart_limit limit;
  base::backoff backoff;
  beyond_limit beyond = beyond_limit::escalate;
  /// More than this part of the children are not parked: then it is not they that are broken, and
  /// the supervisor ends.
  double parked_part_max = 0.5;
};

/// Whether so many of the children may be down for good while the others go on.
[[nodiscard]] bool may_park(const supervision_rules& rules, size_t parked, size_t children);

/// Says which limit was used up.
[[nodiscard]] std::string describe(const restart_limit& limit, uint32_t ends_in_row);

/// Decides what follows from an end, and counts the restart if it is one that counts.
[[nodiscard]] decision decide(const supervision_rules& rules, const child_end& end,
                              restart_history& history, restart_history::time_point now,
                              std::mt19937_64& random);

} // namespace nova
