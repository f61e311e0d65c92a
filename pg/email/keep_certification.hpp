#pragma once

#include "mail/certification.hpp"
#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// A sign of life of who compares: keeps the claim, the comparison and the cursor of the next page.
/// Answers whether it has them still.
struct keep_certification {
  static constexpr const char* name = "keep_certification";

  certification which;
  std::string cursor;

  bool run(connection& conn) const;
};

} // namespace nova::pg
