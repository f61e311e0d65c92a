#pragma once

#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace nova {

/// A lease that was wanted is held under `token`, or, with 0, not any more. Every effect under the
/// lease names the token.
struct lease_changed {
  std::string name;
  int64_t token = 0;
};

template <class Inspector>
auto inspect(Inspector& f, lease_changed& x) {
  return f(caf::meta::type_name("lease_changed"), x.name, x.token);
}

/// Hears of leases that it wanted.
using lease_listener_actor = caf::typed_actor<caf::reacts_to<lease_changed>>;

} // namespace nova
