#pragma once

#include "adopt/source.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::adopt {

/// A table's rows of one inbox there and here.
struct compared_rows {
  std::string table;
  std::string inbox; // its id there; empty: of all
  int64_t there = 0, here = 0;
  std::string digest_there, digest_here; // of the provider's ids, in no order
  std::vector<std::string> lacking;      // "ID: why", a hundred at most
  int64_t lacking_count = 0;

  /// Each row of theirs is here. What they deleted since it was copied is here besides.
  [[nodiscard]] bool equal() const {
    return lacking_count == 0;
  }
};

/// Compares which rows are there and which are here: under the id of theirs, and the provider's.
/// What Nova has besides is of no account. Anybody can compute a digest: the exclusive or of the
/// first eight bytes of the sha256 of each id of the provider.
std::vector<compared_rows> compare_rows(const source& from, pg::connection& target);

} // namespace nova::adopt
