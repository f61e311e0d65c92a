#include "syncs/table_digest.hpp"

#include "pg/integrations/sync_session.hpp"

#include <fmt/format.h>

namespace nova::syncs {

part_digests digest_of(pg::connection& conn, const digested_table& of,
                       const std::vector<std::string>& prefixes, int digits) {
  std::vector<std::string> columns;
  for (const auto& one : of.columns)
    columns.push_back(fmt::format("t.{}::{}::text", quoted(one.name), one.type));
  auto keys = each(of.key, [&](size_t i) { return "t." + quoted(of.key[i]) + "::text"; });
  auto rows = each(columns, [&](size_t i) { return columns[i]; });
  auto text = fmt::format(
    "select left(h.k, $1::integer), count(*), sum(('x' || left(h.r, 15))::bit(60)::bigint)::text "
    "from (select md5(row({})::text) as k, md5(row({})::text) as r from {} t) h "
    "where $2::text = '' or left(h.k, length(split_part($2::text, ',', 1))) = any "
    "(string_to_array($2::text, ',')) group by 1",
    keys, rows, quoted(of.table));
  pg::transaction look{conn};
  pg::sync_session{}.run(conn);
  part_digests found;
  auto name = fmt::format("sync_digest_{}", digits);
  auto answer = conn.exec(sql::statement{name.c_str(), text.c_str()}, int64_t{digits},
                          fmt::format("{}", fmt::join(prefixes, ",")));
  for (auto& [prefix, count, sum] : answer.rows<std::string, int64_t, std::string>())
    found.emplace(std::move(prefix), std::pair{count, std::move(sum)});
  look.commit();
  return found;
}

} // namespace nova::syncs
