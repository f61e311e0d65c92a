#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace nova {

/// A lease that was wanted is held under `token`, or, with 0, not any more. Every effect under the
/// lease names the token.
struct lease_changed {
  std::string name;
  int64_t token = 0;
};

/// Hears of leases that it wanted.
using lease_listener_actor = caf::typed_actor<caf::reacts_to<lease_changed>>;

/// What goes between the actors that do something once in the cluster and the membership that holds
/// leases for them. Thread-safe.
class lease_board {
public:
  using order = std::function<void(const std::string& name)>;

  /// How the membership is asked; until then wishes wait.
  void connect(order want, order drop);

  /// Wants the lease for that listener, which hears at once when it is held already. A later
  /// listener takes the place of an earlier one.
  void want(const std::string& name, const lease_listener_actor& listener);

  /// Gives the lease back; its listener hears nothing of it.
  void drop(const std::string& name);

  /// From the membership: held under that token; 0: not any more.
  void changed(const std::string& name, int64_t token);

private:
  struct entry {
    lease_listener_actor listener;
    int64_t token = 0;
  };

  std::mutex mutex_;
  std::map<std::string, entry> entries_; // those that are wanted
  order want_, drop_;
};

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::lease_changed)
