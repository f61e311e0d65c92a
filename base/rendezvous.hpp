#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nova::base {

/// A node that could be the home of something.
struct candidate {
  int64_t node = 0;    // the incarnation
  std::string name;    // what is hashed: a node that restarts keeps what it had
  uint32_t weight = 1; // twice the weight, twice the keys; 0: none
};

/// Where a key lives: the same on every node that sees the same candidates, in whatever order. When
/// a node comes it takes keys from all, when it goes its keys go to all, and no other key moves.
/// Weighted rendezvous hashing. Nothing without a candidate of any weight.
[[nodiscard]] std::optional<int64_t> home_of(std::string_view key,
                                             const std::vector<candidate>& candidates);

} // namespace nova::base
