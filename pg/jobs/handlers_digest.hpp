#pragma once

#include "pg/connection.hpp"

#include <string>

namespace nova::pg {

/// A text that is another one when a handler has changed.
struct handlers_digest {
  static constexpr const char* name = "handlers_digest";

  std::string run(connection& conn) const;
};

} // namespace nova::pg
