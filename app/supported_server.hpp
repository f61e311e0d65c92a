#pragma once

#include "base/finding.hpp"
#include "pg/platform/server_version.hpp"

namespace nova::app {

/// What `doctor` says of the server itself.
base::finding judge_server(const pg::server_state& server);

/// Before a node joins, and before a migration changes anything: throws `command_error` with
/// `exit_code::usage` when the server is older than Nova works with, and warns in the log of one
/// that is newer than those it was tested with.
void expect_supported_server(const pg::server_state& server);

} // namespace nova::app
