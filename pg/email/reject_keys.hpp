#pragma once

#include "mail/message.hpp"
#include "pg/parameters.hpp"

#include <string_view>
#include <vector>

namespace nova::pg {

/// The keys of rejects as columns; views into the rejects, which must outlive this.
struct reject_keys {
  explicit reject_keys(const std::vector<claimed_reject>& rejects);

  std::vector<std::string_view> inboxes, kinds;
  std::vector<bytes_view> identities;
};

} // namespace nova::pg
