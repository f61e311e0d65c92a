#pragma once

#include "mail/inboxes.hpp"
#include "pg/connection.hpp"

namespace nova::pg {

/// The provider does not have it: the first 404 waits a minute for a second, which makes it a
/// tombstone. Answers whether it now is one.
struct refetch_not_found {
  static constexpr const char* name = "refetch_not_found";

  refetch which;

  bool run(connection& conn) const;
};

} // namespace nova::pg
