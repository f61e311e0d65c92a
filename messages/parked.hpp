#pragma once

#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/typed_actor.hpp>

namespace nova {

/// There may be parked notifications whose turn has come.
struct look_for_parked {};

template <class Inspector>
auto inspect(Inspector& f, look_for_parked&) {
  return f(caf::meta::type_name("look_for_parked"));
}

/// Hands parked notifications to their handlers when their grant's turn has come.
using parked_notifications_actor = caf::typed_actor<caf::reacts_to<look_for_parked>>;

} // namespace nova
