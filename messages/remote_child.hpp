#pragma once

#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>

namespace nova {

/// Time for a `remote_child` to look for a node again. It sends this to itself.
struct place_child {
  uint64_t attempt = 0;
};

template <class Inspector>
auto inspect(Inspector& f, place_child& x) {
  return f(caf::meta::type_name("place_child"), x.attempt);
}

/// Stands for a child on another node, as a child of a supervisor here. Ends when the child does
/// and for the same reason; when the node is lost, with ec::node_lost, which is no child's fault.
/// Its own end, in whatever way, ends the child.
using remote_child_actor = caf::typed_actor<caf::reacts_to<place_child>>;

} // namespace nova
