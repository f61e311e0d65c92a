#include "adopt/compare.hpp"

#include "json/json_reader.hpp"
#include "nylas/digest.hpp"
#include "pg/email/adopted_digests.hpp"
#include "pg/email/lacking_rows.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace nova::adopt {
namespace {

constexpr size_t named_max = 100;

std::string text_of(const rapidjson::Document& row, const std::optional<std::string>& column) {
  if (!column || !row.IsObject())
    return "";
  auto found = row.FindMember(column->c_str());
  if (found == row.MemberEnd() || found->value.IsNull())
    return "";
  if (found->value.IsString())
    return {found->value.GetString(), found->value.GetStringLength()};
  return found->value.IsInt64() ? std::to_string(found->value.GetInt64()) : "";
}

uint64_t hash_of(const std::string& id) {
  uint64_t all = 0;
  auto hash = nylas::sha256(id);
  for (size_t i = 0; i < 8; ++i)
    all = all << 8 | hash[i];
  return all;
}

/// What of a table is there, by inbox.
struct table_comparison {
  struct part {
    compared_rows rows;
    uint64_t digest = 0;
  };

  const found_table& table;
  std::optional<std::string> key_column, inbox_column;
  std::map<std::string, part> parts;

  void add(const std::vector<pg::source_row>& page, pg::connection& target) {
    pg::lacking_rows asked{table.known->name, {}, {}};
    std::map<std::string, std::string> inboxes;
    for (const auto& row : page) {
      rapidjson::Document read;
      if (!json::parse(read, row.row))
        continue;
      auto inbox = text_of(read, inbox_column);
      auto key = text_of(read, key_column);
      auto& part = parts[inbox];
      ++part.rows.there;
      part.digest ^= hash_of(key);
      asked.ids.push_back(row.key);
      asked.keys.push_back(key);
      inboxes[row.key] = inbox;
    }
    for (const auto& one : asked.run(target)) {
      auto& rows = parts[inboxes[one.id]].rows;
      ++rows.lacking_count;
      if (rows.lacking.size() < named_max)
        rows.lacking.push_back(one.id + ": " + one.reason);
    }
  }
};

/// The field whose values the digests are of.
std::string key_field(const known_table& table) {
  if (table.name == "flux_inboxes")
    return "grant";
  return table.name == "flux_inbox_configurations" ? "id" : "key";
}

} // namespace

std::vector<compared_rows> compare_rows(const source& from, pg::connection& target) {
  std::vector<compared_rows> all;
  for (const auto& table : from.tables) {
    if (!table.known->stays.empty())
      continue;
    table_comparison comparison{
      table, table.column(key_field(*table.known)), table.column("inbox"), {}};
    pg::source_digests next{from.place(table), {}, 1000, {}};
    for (const auto& column : {comparison.key_column, comparison.inbox_column})
      if (column)
        next.show.push_back(*column);
    for (auto page = next.run(from.conn); !page.empty(); page = next.run(from.conn)) {
      comparison.add(page, target);
      next.after = page.back().key;
    }
    for (auto& one : pg::adopted_digests{table.known->name}.run(target)) {
      auto& rows = comparison.parts[comparison.inbox_column ? one.inbox : ""].rows;
      rows.here = one.rows;
      rows.digest_here = std::move(one.digest);
    }
    for (auto& [inbox, part] : comparison.parts) {
      part.rows.table = table.known->name;
      part.rows.inbox = inbox;
      part.rows.digest_there = fmt::format("{:016x}", part.digest);
      if (part.rows.digest_here.empty())
        part.rows.digest_here = fmt::format("{:016x}", 0);
      all.push_back(std::move(part.rows));
    }
  }
  return all;
}

} // namespace nova::adopt
