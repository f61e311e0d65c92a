#pragma once

#include "actors/observed.hpp"

#include <caf/error.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace nova {

/// What is wrong with the database as the queries of a node feel it: a full disk, no connection
/// left, a right or a function that is missing, a server that cannot be reached or is slow. Kept as
/// failing loops of the pool's slot, from the first such query until the same one succeeds. What a
/// query itself is to blame for (a constraint, bad data) is not among it.
class database_trouble {
public:
  explicit database_trouble(const observed& who) : who_(who) {}

  void failed(const char* query, const caf::error& reason);
  void succeeded(const char* query, std::chrono::steady_clock::duration took);

private:
  void settle(const char* query);

  const observed& who_;
  std::map<std::string_view, const char*> failing_; // queries, with what they cannot
  std::map<std::string_view, uint32_t> slow_;       // times in a row
};

} // namespace nova
