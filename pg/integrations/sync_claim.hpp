#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace nova::pg {

/// A claim of a run. Reports carry the token; a later claim has a greater one.
struct sync_claim {
  std::string id;
  int64_t token = 0;
};

/// Who claims and for how long; without a renewal the run counts as lost after the lease.
struct sync_worker {
  std::string name;
  std::chrono::seconds lease{60};
};

} // namespace nova::pg
