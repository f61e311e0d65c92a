#pragma once

#include "pg/result.hpp"

#include <vector>

namespace nova::pg {

/// What became of a message that a worker named. `stale` and `gone` changed nothing.
enum class message_outcome { completed, retrying, failed, released, extended, stale, gone };

/// What a statement says of each message that it was given, in their order.
std::vector<message_outcome> outcomes_of(const result& rows);

} // namespace nova::pg
