#pragma once

#include "app/context.hpp"
#include "app/output.hpp"

#include <string>
#include <vector>

namespace nova::app {

/// What a report found. Of a number that no type of C++ holds exactly the cell is a text, and its
/// column is named in `exact`: JSON has it as a number.
struct report {
  table found;
  std::vector<std::string> exact = {};
  /// The columns that a terminal gets a bar of, the first one in full blocks: numbers, not
  /// negative.
  std::vector<std::string> charted = {};
};

/// Aligned columns, at a terminal with a bar for each row; one array of objects with --json; with
/// `csv` comma-separated values with a heading, quoted as RFC 4180 says.
void print(context& ctx, const report& what, bool csv);

/// `████░░` in at most `width` columns, where `most` fills them all: a part for each number. What
/// is not nothing is at least half a column.
std::string bar(const std::vector<double>& numbers, double most, size_t width);

} // namespace nova::app
