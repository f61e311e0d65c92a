#pragma once

#include "pg/adoption/source_columns.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace nova::adopt {

/// What is there cannot be adopted, or was mapped wrongly. The text names what, and what is
/// accepted.
class unfit : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// One thing that a row of the Node service says, under our name.
struct field {
  std::string name;
  bool needed = false;
  std::vector<std::string> columns; // as which it is known; without regard to case and underscores
};

/// A table of the Node service, with what Nova takes from it.
struct known_table {
  std::string name;
  std::vector<std::string> also; // other names under which it is found
  std::vector<field> fields;     // the first is the key by which it is read
  std::string newest;            // the field that says when a row is of
  std::string stays = {};        // why its rows are not copied; empty: they are
};

/// Inboxes, backfills, threads, messages in the order in which they are copied, and those whose
/// rows stay there.
const std::vector<known_table>& known_tables();

/// The queues of the Node service.
const std::vector<std::string>& known_queues();

/// A column of theirs, and the one that we know it as: TABLE.THEIRS=OURS.
struct mapping {
  std::string table, theirs, ours;
};

/// Throws `unfit`.
mapping parse_mapping(const std::string& text);

/// A table as it was found there.
struct found_table {
  const known_table* known = nullptr;
  std::string name; // there
  bool rows_hidden = false;
  std::vector<std::pair<std::string, std::string>> columns; // our field, their column
  std::vector<std::string> left;                            // columns that nobody reads
  std::vector<std::string> missing; // needed fields, each with the columns that are accepted

  /// Their column of a field of ours, where there is one.
  [[nodiscard]] std::optional<std::string> column(const std::string& field) const;
  /// As `adopt_rows` takes it.
  [[nodiscard]] std::string map() const;
};

/// Which of the known tables are there, and which column is which field. A table that is not there
/// is not in the answer. Throws `unfit` for a mapping of a table, column or field that is none.
std::vector<found_table> match_tables(const std::vector<pg::source_column>& columns,
                                      const std::vector<mapping>& mappings);

} // namespace nova::adopt
