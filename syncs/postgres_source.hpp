#pragma once

#include "syncs/connector.hpp"
#include "syncs/stream_settings.hpp"
#include "syncs/sync_stop.hpp"

#include <memory>
#include <string>

namespace nova::syncs {

/// Reads a table, or a view with a key, of another PostgreSQL, by ranges of its key. `url` is a
/// secret. Settings: docs/integrations.md.
///
/// Its watermark is below everything that may still commit: of times not above the start of the
/// oldest transaction that is open there, of numbers not above the largest that was there before
/// all transactions that are open began. Where not all transactions can be seen the overlap has to
/// do.
std::unique_ptr<connector> postgres_source(std::string url, stream_settings settings,
                                           std::string stream, sync_stop& stop);

} // namespace nova::syncs
