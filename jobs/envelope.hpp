#pragma once

#include "jobs/claimed_job.hpp"

#include <string>

namespace nova::jobs {

/// A job as handlers outside of this program get it: a JSON object with source, id, type,
/// transport, queue, tenant (or null), attempt (1 for the first), key (the same for every attempt),
/// headers and body.
std::string envelope_of(const claimed_job& job);

/// What makes the effects of all attempts one, in characters that a header field may have:
/// `message-17`.
std::string effect_key_of(const claimed_job& job);

} // namespace nova::jobs
