#pragma once

#include "mail/day_range.hpp"
#include "mail/ids.hpp"

#include <cstdint>
#include <string>

namespace nova {

/// Days of an inbox that are compared with what its provider lists: a claimed row of
/// nova.mail_certifications.
struct certification {
  inbox_id inbox;
  std::string scope; // `recent`, `month`, `year`, `backfill` or `again`
  int64_t token = 0; // of its claim
  grant_id grant;
  std::string provider;
  int64_t comparison = 0; // under way; 0: it begins
  day_range days{};
  std::string cursor{};   // where its list goes on; empty: at its beginning
  bool own_pages = false; // what a backfill's pages said is judged; nothing is listed
};

} // namespace nova
