#pragma once

#include "mail/ids.hpp"
#include "messages/between_nodes.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace nova {

/// Which node paces a grant.
struct grant_home {
  bool here = true;
  node_agent_actor agent; // of the node elsewhere; null: it is not linked now
  /// This node takes no links, so no home can be asked: it paces its share of the grant by itself.
  bool apart = false;
};

/// Where grants live in the cluster, as this node sees it: one home each, the same for all who see
/// the same members. The functions may be called on any thread and never wait.
struct grant_homes {
  std::function<grant_home(const grant_id&)> of;
  /// Grows whenever an answer of `of` may have changed.
  std::function<int64_t()> version;
  /// Nodes that could be a home, this one included.
  std::function<size_t()> nodes;
};

} // namespace nova
