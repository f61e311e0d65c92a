#pragma once

#include "mail/certification.hpp"
#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// It could not go on. With nothing of its own wrong it does in a minute, else later each time.
struct fail_certification {
  static constexpr const char* name = "fail_certification";

  certification which;
  std::string reason;
  bool blameless = false;

  void run(connection& conn) const;
};

} // namespace nova::pg
