#pragma once

#include "pg/connection.hpp"
#include "pg/integrations/sync_claim.hpp"

#include <optional>
#include <string>

namespace nova::pg {

struct sync_task {
  sync_claim claim;
  std::string config, integration; // ids
  std::string integration_name, stream, provider;
  std::string integration_settings, settings; // JSON
  std::string secret_name;                    // empty: none
  std::string mode;                           // full, incremental or delta
  std::string incremental_key;                // empty: none
  std::string watermark_type;                 // timestamp, number or text
  std::optional<std::string> watermark;
  std::string checkpoint, state; // JSON
};

/// Reads what a run is to do, for who has its claim; nothing: the claim is over.
struct read_sync_run {
  static constexpr const char* name = "read_sync_run";

  sync_claim claim;

  std::optional<sync_task> run(connection& conn) const;
};

} // namespace nova::pg
