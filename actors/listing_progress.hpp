#pragma once

#include "actors/discovery.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace nova {

/// Whether a list leads anywhere: cursors that come again, and pages of nothing but what was listed
/// before, end it within a bound. A plain object.
class listing_progress {
public:
  /// Says why the list leads nowhere; empty: it goes on. `at` is the cursor of the page.
  [[nodiscard]] std::string judge(const std::string& at, const discovered_page& page);

private:
  std::unordered_map<std::string, std::string> origins_; // of each cursor, that of the page before
  std::unordered_set<uint64_t> keys_;
  std::string last_;
  uint32_t idle_ = 0; // pages in a row with nothing new
};

} // namespace nova
