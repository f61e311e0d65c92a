#pragma once

#include "base/exit_code.hpp"
#include "shell/backend.hpp"
#include "shell/line.hpp"
#include "shell/row_query.hpp"

#include <rapidjson/document.h>

#include <iosfwd>
#include <string>
#include <vector>

namespace nova::shell {

using base::exit_code;

/// What was answered, as rows.
struct rows {
  rapidjson::Document document{rapidjson::kArrayType};
  uint64_t total = 0; // of all nodes, before their limits
  struct silent_node {
    std::string node, reason;
  };
  std::vector<silent_node> silent;
  exit_code result = exit_code::done;
  std::string error; // when the result is not ok or partial

  [[nodiscard]] bool empty() const {
    return document.Empty();
  }
  /// The text of a column of a row, as a table shows it; empty when there is none.
  [[nodiscard]] static std::string text(const rapidjson::Value& row, const char* column);
  [[nodiscard]] static double number(const rapidjson::Value& row, const char* column);
  /// Adds a row of texts.
  void add(const std::vector<std::pair<std::string, std::string>>& cells);
  void append(rows&& other);
  /// Why there can be no such column: no row has it; empty where one has, or there are no rows.
  [[nodiscard]] std::string fault_of_column(const std::string& name) const;
};

/// Reads an answer of the API.
rows read_rows(const reply& from);

/// Applies --where, --sort and --limit. Sets `result` to usage when one cannot be understood.
void select(rows& of, const line& options, const std::string& sort = {});

enum class format { table, json, jsonl, tsv };

/// What a table shows: `columns`, or all when there are none. JSON always has all, unless --columns
/// names some.
void print(std::ostream& out, const rows& what, format as, const std::vector<std::string>& columns,
           bool headings = true);

/// `41.2 s`, `3 h 12 m`.
std::string duration_text(double seconds);

std::vector<std::string> split(std::string_view text, char at);

} // namespace nova::shell
