#pragma once

#include "mail/message.hpp"
#include "mail/windows.hpp"
#include "pg/email/record_page.hpp"

namespace nova {

/// Counts a message that is dated within the window: of what two windows list each counts its own.
/// The digests do not depend on the order. Certificates of a backfill are made of them
/// (docs/certificates.md).
void count_listed(pg::listed_window& window, const email_message& message,
                  const backfill_window& bounds);

/// What other pages of the same window said comes to it.
void add_listed(pg::listed_window& window, const pg::listed_window& others);

} // namespace nova
