#include "app/server_advice.hpp"

#include "pg/platform/server_settings.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace nova::app {
namespace {

constexpr int64_t mebibyte = 1 << 20;

struct advised_setting {
  std::string_view name;
  int64_t at_least; // bytes or seconds; 0: its value, or zstd
  std::string_view value;
  bool needs_restart;
  std::string_view why; // docs/measurements.md has the figures
};

constexpr advised_setting advised[] = {
  {"checkpoint_timeout", 900, "15min", false,
   "after each checkpoint a page that is written goes into the log whole, once"},
  {"max_wal_size", 2048 * mebibyte, "4GB", false,
   "a backfill fills it in minutes, and each time a checkpoint has every page logged whole again"},
  {"shared_buffers", 256 * mebibyte, "256MB", true,
   "the indexes that storing walks do not fit; a quarter of the server's memory is usual"},
  {"wal_compression", 0, "lz4", false,
   "lz4 makes the pages that are logged whole a third smaller for hardly any time; pglz, which is "
   "`on`, takes much"},
};

bool is_good(const advised_setting& advice, const pg::server_setting& now) {
  if (advice.at_least > 0)
    return now.amount >= advice.at_least;
  return !now.takes_lz4 || now.value == advice.value || now.value == "zstd";
}

base::finding advise(const advised_setting& advice, const pg::server_setting& now) {
  std::string sql{"alter system set "};
  sql.append(now.name).append(" = '").append(advice.value).append("'; ");
  sql += advice.needs_restart ? "-- then restart the server" : "select pg_reload_conf();";
  return {base::finding_level::note, "server",
          now.name + " is " + now.value + ": " + std::string{advice.why}, "", std::move(sql)};
}

} // namespace

std::vector<base::finding> advise_on_server(pg::connection& conn) {
  pg::server_settings query;
  for (const auto& advice : advised)
    query.names.push_back(advice.name);
  std::vector<base::finding> all;
  for (const auto& now : query.run(conn)) {
    const auto* advice = std::ranges::find(advised, now.name, &advised_setting::name);
    if (!is_good(*advice, now))
      all.push_back(advise(*advice, now));
  }
  if (all.empty())
    all.push_back(
      {base::finding_level::fine, "server", "its settings suit what Nova writes", "", ""});
  return all;
}

} // namespace nova::app
