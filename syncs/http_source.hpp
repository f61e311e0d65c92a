#pragma once

#include "syncs/connector.hpp"
#include "syncs/request_gates.hpp"
#include "syncs/stream_settings.hpp"
#include "syncs/sync_stop.hpp"

#include <memory>
#include <string>

namespace nova::syncs {

struct http_source_setup {
  stream_settings system, stream; // of the integration, of the stream
  std::string secret;             // of the integration; empty: none
  std::string gate;               // whose pace it shares
  std::string name;               // of the stream
  std::string proxy;
};

/// Reads a list of an API that speaks JSON, page by page. Settings: docs/integrations.md. What a
/// provider lists has no order that is known: the watermark of an incremental run moves when all of
/// its pages are here, and not beyond its beginning.
std::unique_ptr<connector> http_source(http_source_setup setup, request_gates& gates,
                                       sync_stop& stop);

} // namespace nova::syncs
