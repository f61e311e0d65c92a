#pragma once

#include "mail/ids.hpp"
#include "nylas/transport.hpp"

#include <string>

namespace nova::app {

/// Asks and waits for the answer. For commands: no actor may wait so.
nylas::api_response ask_provider(nylas::transport& transport, const nylas::api_request& request);

enum class grant_state { valid, invalid, unknown };

struct grant_checked {
  grant_state state = grant_state::unknown;
  std::string text; // valid; not valid (HTTP 401); not told: no route
};

/// What Nylas says of a grant. Blocks. With a key that is refused every grant looks invalid.
grant_checked check_grant(nylas::transport& transport, const grant_id& grant);

} // namespace nova::app
