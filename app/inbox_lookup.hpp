#pragma once

#include "mail/inboxes.hpp"
#include "pg/connection.hpp"

#include <string>

namespace nova::app {

/// By our id, grant id or address; of an address the one in use. Throws `command_error` that says
/// how to list them when there is none, or which when there are two.
inbox find_inbox_or_fail(pg::connection& conn, const std::string& key);

} // namespace nova::app
