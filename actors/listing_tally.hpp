#pragma once

#include "actors/discovery.hpp"
#include "actors/http_client.hpp"
#include "pg/email/record_page.hpp"

#include <cstdint>
#include <unordered_set>
#include <vector>

namespace nova {

/// What one page counts for.
struct page_tally {
  double cost = 0;          // as the provider bills, else milliseconds of the call
  uint64_t objects = 0;     // that it listed
  uint64_t threads_new = 0; // that its messages showed first
  int64_t reached = 0;      // with it all mail from then on is listed; 0: not known
};

/// Counts what a window's pages show and cost since its checkpoint, for the time that is left. A
/// plain object.
class listing_tally {
public:
  /// Of a page in the order of reading.
  page_tally judge(listing_step step, const discovered_page& page, const api_answered& answer);

  /// All since the checkpoint, with this page. `messages_done`: no mail of the window is left.
  [[nodiscard]] pg::listed_work with(const page_tally& page, listing_step step,
                                     bool messages_done) const;

  /// They wait for the next checkpoint.
  void keep(const pg::listed_work& listed);
  /// They are in the database.
  void kept();
  /// The window begins anew.
  void begin();

private:
  pg::listed_work listed_;
  std::unordered_set<uint64_t> seen_; // threads of its messages
  bool ordered_ = true;               // messages came newest first so far
  int64_t reached_ = 0;               // by them; 0: none
};

} // namespace nova
