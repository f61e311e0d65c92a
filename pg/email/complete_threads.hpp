#pragma once

#include "mail/threads.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <vector>

namespace nova::pg {

/// Ends claims well. Answers for each, in order, whether its token was still good.
struct complete_threads {
  static constexpr const char* name = "complete_threads";

  std::vector<thread_claim> claims;
  std::vector<uint32_t> messages_synced; // messages_synced[i]: of claims[i]

  std::vector<bool> run(connection& conn) const;
};

} // namespace nova::pg
