#pragma once

#include "mail/message.hpp"
#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::pg {

/// Keeps those that this version of the program cannot read either.
struct reject_still {
  static constexpr const char* name = "reject_still";

  std::vector<claimed_reject> rejects;
  std::vector<std::string> reasons; // reasons[i]: why rejects[i] cannot be read

  void run(connection& conn) const;
};

} // namespace nova::pg
