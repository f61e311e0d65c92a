#pragma once

#include "messages/timer.hpp"

namespace nova {

/// Stands for a child on another node, as a child of a supervisor here. Ends when the child does
/// and for the same reason; when the node is lost, with ec::node_lost, which is no child's fault.
/// Its own end, in whatever way, ends the child.
using remote_child_actor = untold_actor;

} // namespace nova
