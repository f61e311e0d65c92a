#pragma once

#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/typed_actor.hpp>

namespace nova {

/// Time to write what the directory has recorded since. A recorder sends this to itself.
struct follow_failures {};

template <class Inspector>
auto inspect(Inspector& f, follow_failures&) {
  return f(caf::meta::type_name("follow_failures"));
}

/// Follows the directory's failures into `actor_failures`. The directory keeps the last thousand,
/// so nothing is lost while the database is away, unless more fail.
using failure_recorder_actor = caf::typed_actor<caf::reacts_to<follow_failures>>;

} // namespace nova
