#pragma once

#include "pg/connection.hpp"
#include "syncs/connector.hpp"
#include "syncs/sql_text.hpp"

#include <string>
#include <vector>

namespace nova::syncs {

/// What a digest is of: the same columns on both sides, as text of the same types.
struct digested_table {
  table_name table;
  std::vector<opened_stream::column> columns;
  std::vector<std::string> key;
};

/// Counts and sums of hashes by the beginning of the hash of the key, in hexadecimal digits: a tree
/// that does not depend on how either side sorts. See `connector::digest`.
part_digests digest_of(pg::connection& conn, const digested_table& of,
                       const std::vector<std::string>& prefixes, int digits);

} // namespace nova::syncs
