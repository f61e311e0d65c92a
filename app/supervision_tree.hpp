#pragma once

#include "actors/supervisor.hpp"
#include "app/services.hpp"

#include <caf/actor_addr.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace nova::app {

/// The running child of each kind, for drills; weak, because who runs is the supervisor's business.
/// Thread-safe.
class child_table {
public:
  void set(const std::string& kind, const caf::strong_actor_ptr& child);

  /// Null when none of that kind was started, or when it is gone.
  [[nodiscard]] caf::strong_actor_ptr find(const std::string& kind) const;

private:
  mutable std::mutex mutex_;
  std::map<std::string, caf::actor_addr> children_;
};

/// What the factories of the tree share.
struct tree_parts {
  std::shared_ptr<services> has;
  std::shared_ptr<child_table> children;
};

/// The root supervisor of a node: first what the roles share, under `rest_for_one`, so that a new
/// one of these takes all that holds its handle along; then `roles`, which keeps one supervisor a
/// role that the other roles do not notice.
supervisor_setup root_of_tree(const tree_parts& parts);

} // namespace nova::app
