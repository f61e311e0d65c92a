#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
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

/// Hears of leases that it wanted.
using lease_listener_actor = caf::typed_actor<caf::reacts_to<lease_changed>>;

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::lease_changed)
