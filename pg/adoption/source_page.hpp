#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nova::pg {

/// A table of the Node service's database, and the column by which it is read.
struct source_place {
  std::string schema, table, key;
};

/// A row there: its key, a digest of all that it has, and how long it is as JSON.
struct source_row {
  std::string key, digest;
  int64_t bytes = 0;
  std::string row; // a JSON object; of a digest the columns that were asked for
};

/// The next rows after a key, in the order of the keys, with a few of their columns. Only looks.
struct source_digests {
  source_place place;
  std::optional<std::string> after; // nothing: from the first
  uint32_t limit = 1000;
  std::vector<std::string> show = {}; // columns

  std::vector<source_row> run(connection& source) const;
};

/// Whole rows, by their keys; what is gone meanwhile is left out.
struct source_rows {
  source_place place;
  std::vector<std::string> keys;

  std::vector<source_row> run(connection& source) const;
};

/// How many rows a table has.
struct source_count {
  int64_t rows = 0, without_key = 0;
  std::string newest; // of the column that was asked for; empty: none
};

struct count_source {
  source_place place;
  std::optional<std::string> newest = {}; // a column of times

  source_count run(connection& source) const;
};

} // namespace nova::pg
