#pragma once

#include "messages/timer.hpp"

namespace nova {

/// Follows the directory's failures into `actor_failures`. The directory keeps the last thousand,
/// so nothing is lost while the database is away, unless more fail.
using failure_recorder_actor = untold_actor;

} // namespace nova
