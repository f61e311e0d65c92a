#pragma once

#include "actors/discovery.hpp"
#include "mail/windows.hpp"
#include "pg/email/record_page.hpp"

namespace nova {

/// What a page of a window's list of messages says of its days. What is dated within the window is
/// counted: of what two windows list each counts its own. The digests do not depend on the order.
/// Certificates of a backfill are made of them (docs/certificates.md).
pg::listed_window listed_on(const discovered_page& page, const backfill_window& bounds);

/// What other pages of the same window said comes to it.
void add_listed(pg::listed_window& window, const pg::listed_window& others);

} // namespace nova
