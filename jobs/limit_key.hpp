#pragma once

#include "jobs/claimed_job.hpp"

#include <string>

namespace nova::jobs {

/// The key by which a job is limited: `what` is `all` (the empty key), `tenant`, `queue`, or a JSON
/// pointer into the envelope (`/body/account`, `/headers/source`). What is not there, or no text,
/// number or truth value, is the empty key. At most 200 bytes.
std::string limit_key_of(const claimed_job& job, const std::string& what);

} // namespace nova::jobs
