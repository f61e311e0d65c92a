#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Of one inbox.
struct adopted_digest {
  std::string inbox; // its id there
  int64_t rows = 0;
  std::string digest;
};

/// How many rows of a table were copied, and a digest of their ids, by inbox.
struct adopted_digests {
  static constexpr const char* name = "adopted_digests";

  std::string table;

  std::vector<adopted_digest> run(connection& conn) const;
};

} // namespace nova::pg
