#pragma once

#include "mail/threads.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// Ends claims without success. `permanent` or the fifth failure makes a thread `failed`, else it
/// is queued again after its delay. Answers for each, in order, whether its token was still good.
struct fail_threads {
  static constexpr const char* name = "fail_threads";

  std::vector<thread_failure> failures; // at most 1,000

  std::vector<bool> run(connection& conn) const;
};

} // namespace nova::pg
