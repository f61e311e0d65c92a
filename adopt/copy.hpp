#pragma once

#include "adopt/source.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace nova::adopt {

/// How far the copy of a table is.
struct copy_progress {
  const found_table* table = nullptr;
  int64_t looked_at = 0; // rows of theirs
  int64_t written = 0;   // those that were new or had changed
};

/// Bounds of one step. A step is one transaction here, so what is interrupted is at most that.
struct copy_limits {
  uint32_t digests = 1000; // rows whose digest is compared at once
  size_t rows = 200;       // rows that are written at once
  int64_t bytes = 16 << 20;
};

/// Copies what is new or has changed of the four tables, in the order of their keys. May be
/// interrupted anywhere and run again, also while the Node service writes. A row that cannot be
/// copied is noted with its reason (`pg::list_adopt_rejects`) and stops nothing. `tell` is called
/// after each step; false ends.
void copy_rows(const source& from, pg::connection& target, const copy_limits& limits,
               const std::function<bool(const copy_progress&)>& tell);

} // namespace nova::adopt
