#pragma once

#include "mail/queue_message.hpp"
#include "pg/result.hpp"

#include <vector>

namespace nova::pg {

/// The messages that a statement found: id, read_ct, when it was sent, body.
std::vector<queue_message> queue_rows(const result& rows);

} // namespace nova::pg
