#pragma once

#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// Notes records that could not be written, with the reason for each.
struct reject_sync_record {
  static constexpr const char* name = "reject_sync_record";

  std::string config, run_id;
  std::vector<std::string> keys, reasons, records;

  void run(connection& conn) const;
};

} // namespace nova::pg
