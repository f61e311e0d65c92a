#include "adopt/source.hpp"

#include <algorithm>

namespace nova::adopt {

const found_table* source::find(const std::string& known_name) const {
  auto found = std::ranges::find_if(tables, [&](const found_table& table) {
    return table.known->name == known_name;
  });
  return found == tables.end() ? nullptr : &*found;
}

pg::source_place source::place(const found_table& table) const {
  return {schema, table.name, table.column(table.known->fields.front().name).value_or("")};
}

std::optional<int64_t> source::queue_length(const std::string& queue) const {
  if (shares_queues)
    return std::nullopt;
  for (const auto& column : pg::source_columns{"pgmq"}.run(conn))
    if (column.table == "q_" + queue)
      return pg::count_source{{"pgmq", column.table, "msg_id"}}.run(conn).rows;
  return std::nullopt;
}

source open_source(pg::connection& conn, const std::string& schema,
                   const std::vector<mapping>& mappings) {
  auto columns = pg::source_columns{schema}.run(conn);
  source found{conn, schema, match_tables(columns, mappings), false};
  if (found.find("flux_inboxes") == nullptr)
    throw unfit(
      "schema " + schema
      + " of the database that NOVA_ADOPT_FROM names has no table flux_inboxes: it is not "
        "that of the Node service, or its tables are in another schema (--schema NAME)");
  for (const auto& column : columns)
    if (column.table == "flux_email_messages" && column.name == "changed_in")
      throw unfit(
        "schema " + schema
        + " of the database that NOVA_ADOPT_FROM names has Nova's tables, not those of the "
          "Node service: give the other database's URL, or its schema with --schema NAME");
  auto ours = pg::source_columns{"nova"}.run(conn);
  found.shares_queues =
    std::ranges::find(ours, "adopted_rows", &pg::source_column::table) != ours.end();
  return found;
}

std::vector<std::string> obstacles(const source& from) {
  std::vector<std::string> all;
  for (const auto& table : from.tables) {
    if (!table.known->stays.empty())
      continue;
    if (table.rows_hidden)
      all.push_back(table.name
                    + ": row-level security hides rows from this role; connect as the owner of the "
                      "table, or as a role with BYPASSRLS");
    for (const auto& missing : table.missing) {
      auto first = missing.substr(0, missing.find_first_of(", "));
      all.push_back(table.name + ": no column " + missing + "; say which one it is with --map "
                    + table.name + ".COLUMN=" + first);
    }
  }
  return all;
}

void expect_fit(const source& from) {
  std::string text;
  for (const auto& one : obstacles(from))
    text += (text.empty() ? "" : "; ") + one;
  if (!text.empty())
    throw unfit(text);
}

} // namespace nova::adopt
