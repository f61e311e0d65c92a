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
/// failing loops of the pool's slot, from the first such query until the same one succeeds, or has
/// not failed for a while in which others succeed. What a query itself is to blame for (a
/// constraint, bad data) is not among it.
class database_trouble {
public:
  explicit database_trouble(const observed& who) : who_(who) {}

  using time_point = std::chrono::steady_clock::time_point;

  void failed(const char* query, const caf::error& reason, time_point now);
  void succeeded(const char* query, std::chrono::steady_clock::duration took, time_point now);

private:
  struct failing_query {
    const char* what; // it cannot
    time_point last;
  };

  void settle(const char* query, time_point now);

  const observed& who_;
  std::map<std::string_view, failing_query> failing_;
  std::map<std::string_view, uint32_t> slow_; // times in a row
};

} // namespace nova
