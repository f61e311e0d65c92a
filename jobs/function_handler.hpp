#pragma once

#include "jobs/handler.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace nova::jobs {

/// Does jobs of one type; answers with an outcome each, in their order. Runs on an actor, which it
/// must not block for long: what waits for a network or a disk is an actor of its own. Called on
/// several threads at once. What it throws is a failed attempt of all of them.
using job_function = std::function<std::vector<job_outcome>(const std::vector<claimed_job>& jobs)>;

/// Does jobs by a function of this program, so many at once.
handler function_handler(job_function function, size_t chunk = 1);

} // namespace nova::jobs
