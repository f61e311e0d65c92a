#pragma once

#include "pg/connection.hpp"

#include <optional>
#include <string>

namespace nova::pg {

/// Has a run begin as soon as a node has room; answers its id. Asked again before, the same.
/// `failure::refused` with SQLSTATE NV033: no such configuration, NV034: it is switched off, NV035:
/// it is being synced.
struct ask_sync {
  static constexpr const char* name = "ask_sync";

  std::string config, who;
  std::optional<std::string> mode = {}; // full, incremental or delta; nothing: as configured

  std::string run(connection& conn) const;
};

} // namespace nova::pg
