#pragma once

#include "mail/certificates.hpp"
#include "mail/day_range.hpp"
#include "mail/ids.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// The certificates of an inbox, by day.
struct list_certificates {
  static constexpr const char* name = "list_certificates";

  inbox_id inbox;
  day_range days{};

  std::vector<mail_certificate> run(connection& conn) const;
};

} // namespace nova::pg
