#pragma once

#include "mail/inboxes.hpp"
#include "pg/connection.hpp"

namespace nova::pg {

/// The provider does not have it: the first 404 waits an hour for a second, or a minute where
/// somebody waits who asked for it, which makes it a tombstone. Answers whether it now is one.
struct refetch_not_found {
  static constexpr const char* name = "refetch_not_found";

  refetch which;
  bool by_hand = false;

  bool run(connection& conn) const;
};

} // namespace nova::pg
