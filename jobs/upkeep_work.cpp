#include "jobs/upkeep_work.hpp"

#include "base/json_text.hpp"
#include "jobs/export_file.hpp"
#include "jobs/usage_export.hpp"
#include "pg/connection_string.hpp"
#include "pg/error.hpp"
#include "pg/jobs/analyze_table.hpp"
#include "pg/jobs/archive_conversations.hpp"
#include "pg/jobs/refresh_view.hpp"
#include "pg/jobs/retain_rows.hpp"
#include "pg/jobs/table_sizes.hpp"
#include "pg/jobs/vacuum_statement.hpp"

#include <fmt/format.h>

#include <chrono>

namespace nova::jobs {
namespace {

constexpr int32_t batch = 1000;
// So much longer than a batch took is the pause after it, so that who works goes first.
constexpr int pause_factor = 4;

pg::upkeep_outcome skipped(std::string why) {
  return {.end = pg::upkeep_end::skipped, .text = std::move(why)};
}

pg::upkeep_outcome failed(std::string kind, std::string why) {
  return {.end = pg::upkeep_end::failed, .error_class = std::move(kind), .text = std::move(why)};
}

/// Batches until one is not full, with pauses between them.
template <class Query>
pg::upkeep_outcome in_batches(pg::connection& conn, const Query& query, const upkeep_stop& stop) {
  pg::upkeep_outcome outcome;
  for (;;) {
    auto began = base::monotonic_now();
    auto rows = query.run(conn);
    outcome.rows += rows;
    if (rows < batch)
      return outcome;
    stop.pause((base::monotonic_now() - began) * pause_factor);
  }
}

pg::upkeep_outcome refresh(pg::connection& conn, const upkeep_task& task) {
  auto view = pg::refresh_view{task.name}.run(conn);
  return view.refreshed ? pg::upkeep_outcome{.rows = view.rows, .bytes = view.bytes}
                        : skipped("nothing has changed since the last refresh");
}

pg::upkeep_outcome vacuum(pg::connection& conn, const upkeep_task& task, const upkeep_means& means,
                          upkeep_stop& stop) {
  if (auto own = pg::vacuum_statement{task.target}.run(conn); own.may) {
    conn.run(own.text.c_str());
    return {};
  }
  if (means.maintenance_url.empty())
    return skipped("needs the owner: NOVA_MAINTENANCE_URL is not set");
  if (auto fault = pg::connection_string_fault(means.maintenance_url))
    return failed("setting", "NOVA_MAINTENANCE_URL cannot be read; " + *fault);
  auto settings = conn.settings();
  settings.url = means.maintenance_url;
  pg::connection owner{settings};
  stop.runs_on(owner);
  auto found = pg::vacuum_statement{task.target}.run(owner);
  if (!found.may)
    return failed("not_owner",
                  fmt::format("NOVA_MAINTENANCE_URL connects as {}, which does not own "
                              "the table {}",
                              owner.user(), task.target));
  owner.run(found.text.c_str());
  return {};
}

pg::upkeep_outcome sizes(pg::connection& conn) {
  auto found = pg::table_sizes{}.run(conn);
  rapidjson::StringBuffer text;
  base::json_writer out{text};
  out.StartArray();
  for (const auto& one : found.largest) {
    out.StartObject();
    out.Key("table");
    out.String(one.table.c_str());
    out.Key("size");
    out.Int64(one.total);
    out.Key("table_size");
    out.Int64(one.alone);
    out.Key("index_size");
    out.Int64(one.rest);
    out.EndObject();
  }
  out.EndArray();
  return {.rows = found.tables, .bytes = found.bytes, .details = text.GetString()};
}

pg::upkeep_outcome do_one(pg::connection& conn, const upkeep_task& task, const upkeep_means& means,
                          upkeep_stop& stop) {
  if (task.kind == "refresh")
    return refresh(conn, task);
  if (task.kind == "analyze")
    return {.rows = pg::analyze_table{task.target}.run(conn)};
  if (task.kind == "vacuum")
    return vacuum(conn, task, means, stop);
  if (task.kind == "sizes")
    return sizes(conn);
  if (task.kind == "archive")
    return in_batches(conn, pg::archive_conversations{task.option("older", "6 months"), batch},
                      stop);
  auto of_files =
    task.kind == "export" || (task.kind == "retain" && task.target == "usage_metrics");
  if (of_files && means.export_directory.empty())
    return skipped("NOVA_EXPORT_DIR is not set");
  if (task.kind == "export")
    return export_usage(conn,
                        {means.export_directory, task.option("format", "ndjson"),
                         task.option("after", "1 month"), means.clock},
                        stop);
  if (task.kind == "retain" && of_files)
    return delete_exported(conn, means.export_directory, task.option("keep", "24 months"), stop);
  if (task.kind == "retain")
    return in_batches(conn, pg::retain_rows{task.target, task.option("keep", "90 days"), batch},
                      stop);
  return failed("unknown_kind", "this program knows no upkeep of the kind '" + task.kind + "'");
}

} // namespace

pg::upkeep_outcome do_upkeep(pg::connection& conn, const upkeep_task& task,
                             const upkeep_means& means, upkeep_stop& stop) {
  stop.runs_on(conn);
  try {
    stop.check();
    return do_one(conn, task, means, stop);
  } catch (const pg::error& reason) {
    stop.check(); // a statement that was cancelled is no failure of its own
    return failed(std::string(pg::to_string(reason.kind())), reason.what());
  } catch (const export_error& reason) {
    return failed(reason.kind, reason.what());
  }
}

} // namespace nova::jobs
