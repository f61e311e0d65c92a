#include "syncs/sql_text.hpp"

namespace nova::syncs {

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (char c : name) {
    if (c == '"')
      text += '"';
    text += c;
  }
  return text + '"';
}

std::string quoted(const table_name& table) {
  return quoted(table.schema) + '.' + quoted(table.table);
}

std::string literal(std::string_view text) {
  std::string made = "E'";
  for (char c : text) {
    if (c == '\'' || c == '\\')
      made += c;
    made += c;
  }
  return made + '\'';
}

table_name table_of(std::string_view text) {
  auto dot = text.find('.');
  if (dot == std::string_view::npos)
    return {"public", std::string{text}};
  return {std::string{text.substr(0, dot)}, std::string{text.substr(dot + 1)}};
}

std::string each(const std::vector<std::string>& all, const std::function<std::string(size_t)>& how,
                 std::string_view between) {
  std::string text;
  for (size_t i = 0; i < all.size(); ++i) {
    if (i > 0)
      text += between;
    text += how(i);
  }
  return text;
}

std::string quoted_list(const std::vector<std::string>& names, std::string_view before) {
  return each(names, [&](size_t i) { return std::string{before} + quoted(names[i]); });
}

} // namespace nova::syncs
