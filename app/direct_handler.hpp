#pragma once

#include "app/context.hpp"
#include "jobs/claimed_job.hpp"
#include "pg/jobs/list_handlers.hpp"

#include <optional>
#include <string>
#include <vector>

namespace nova::app {

/// Of those that are set, the one that a node would choose for a message of that type and
/// transport.
std::optional<pg::set_handler> handler_for(const std::vector<pg::set_handler>& all,
                                           const std::string& type, const std::string& transport);

/// Calls the URL of a handler for a job. Blocks until it has answered or its time is over.
jobs::job_outcome call_handler(const context& ctx, const pg::set_handler& how,
                               const jobs::claimed_job& job);

} // namespace nova::app
