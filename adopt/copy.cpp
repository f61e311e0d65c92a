#include "adopt/copy.hpp"

#include "pg/email/adopt_rows.hpp"
#include "pg/email/reject_adopted.hpp"
#include "pg/email/rows_to_adopt.hpp"
#include "pg/error.hpp"

#include <map>
#include <span>
#include <utility>

// A step: the next thousand keys and digests there, which of them are not here as they are now, and
// those rows. So a second run reads every row there, and sends and writes only what differs.
namespace nova::adopt {
namespace {

/// Writes rows; when the server refuses them together, half of them at a time, until the one that
/// it refuses is alone.
void write(pg::connection& target, const found_table& table, std::span<pg::source_row> rows) {
  if (rows.empty())
    return;
  pg::adopt_rows writing{table.known->name, {}, {}, {}, table.map()};
  for (const auto& row : rows) {
    writing.ids.push_back(row.key);
    writing.digests.push_back(row.digest);
    writing.rows.push_back(row.row);
  }
  try {
    writing.run(target);
  } catch (const pg::error& failure) {
    if (failure.kind() != pg::failure::refused || failure.sqlstate().starts_with("42")
        || failure.sqlstate().starts_with("57"))
      throw;
    if (rows.size() == 1) {
      pg::reject_adopted{table.known->name, rows[0].key, rows[0].digest, failure.what()}.run(
        target);
      return;
    }
    write(target, table, rows.first(rows.size() / 2));
    write(target, table, rows.subspan(rows.size() / 2));
  }
}

/// What of a page is to be fetched at once: few enough rows, and few enough bytes.
std::vector<std::vector<std::string>> portions(const std::vector<std::string>& keys,
                                               const std::vector<pg::source_row>& page,
                                               const copy_limits& limits) {
  std::map<std::string, int64_t> bytes;
  for (const auto& row : page)
    bytes[row.key] = row.bytes;
  std::vector<std::vector<std::string>> all;
  int64_t total = 0;
  for (const auto& key : keys) {
    if (all.empty() || all.back().size() >= limits.rows || total + bytes[key] > limits.bytes) {
      all.emplace_back();
      total = 0;
    }
    all.back().push_back(key);
    total += bytes[key];
  }
  return all;
}

bool copy_table(const source& from, pg::connection& target, const found_table& table,
                const copy_limits& limits, const std::function<bool(const copy_progress&)>& tell) {
  copy_progress progress{&table};
  pg::source_digests next{from.place(table), {}, limits.digests};
  for (;;) {
    auto page = next.run(from.conn);
    if (page.empty())
      return tell(progress);
    pg::rows_to_adopt asked{table.known->name, {}, {}};
    for (const auto& row : page) {
      asked.ids.push_back(row.key);
      asked.digests.push_back(row.digest);
    }
    for (auto& keys : portions(asked.run(target), page, limits)) {
      auto rows = pg::source_rows{from.place(table), std::move(keys)}.run(from.conn);
      write(target, table, rows);
      progress.written += static_cast<int64_t>(rows.size());
    }
    progress.looked_at += static_cast<int64_t>(page.size());
    next.after = page.back().key;
    if (!tell(progress))
      return false;
  }
}

} // namespace

void copy_rows(const source& from, pg::connection& target, const copy_limits& limits,
               const std::function<bool(const copy_progress&)>& tell) {
  for (const auto& table : from.tables)
    if (table.known->stays.empty() && !copy_table(from, target, table, limits, tell))
      return;
}

} // namespace nova::adopt
