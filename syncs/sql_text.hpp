#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nova::syncs {

/// A table by its schema and name.
struct table_name {
  std::string schema, table;
};

/// `"a""b"`: a name as SQL takes it, whatever is in it. Values are never put into statements.
std::string quoted(std::string_view name);
std::string quoted(const table_name& table);

/// A text as SQL takes it, whatever standard_conforming_strings is; for names and places, not for
/// what comes from outside.
std::string literal(std::string_view text);

/// `schema.table`, or a table of `public`.
table_name table_of(std::string_view text);

/// `f(0, a), f(1, b)`.
std::string each(const std::vector<std::string>& all, const std::function<std::string(size_t)>& how,
                 std::string_view between = ", ");

/// The names, quoted, with commas.
std::string quoted_list(const std::vector<std::string>& names, std::string_view before = {});

} // namespace nova::syncs
