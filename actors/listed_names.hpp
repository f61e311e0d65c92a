#pragma once

#include "mail/threads.hpp"

#include <cstdint>
#include <unordered_set>
#include <vector>

namespace nova {

/// The messages that the threads of a window have named: they are compared already. A plain object.
class listed_names {
public:
  /// One for each message in its thread, to know it again.
  [[nodiscard]] static std::vector<uint64_t> of(const std::vector<listed_thread>& threads);

  void add(const std::vector<uint64_t>& names);
  void leave_out_of(std::vector<listed_thread>& threads) const;

private:
  std::unordered_set<uint64_t> names_;
};

} // namespace nova
