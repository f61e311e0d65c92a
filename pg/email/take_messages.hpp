#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::pg {

/// Notes messages of a queue of the Node service before they are archived there. Answers the ids of
/// those that were not noted already.
struct take_messages {
  static constexpr const char* name = "take_messages";

  std::string queue;
  std::vector<int64_t> ids;
  std::vector<std::string> messages; // JSON
  std::vector<std::string> became, subjects;

  std::vector<int64_t> run(connection& conn) const;
};

} // namespace nova::pg
