#include "jobs/usage_export.hpp"

#include "jobs/export_file.hpp"
#include "pg/jobs/delete_exported_usage.hpp"
#include "pg/jobs/note_usage_deleted.hpp"
#include "pg/jobs/note_usage_export.hpp"
#include "pg/jobs/usage_exports.hpp"
#include "pg/jobs/usage_months.hpp"
#include "pg/jobs/usage_page.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>
#include <vector>

namespace nova::jobs {
namespace {

constexpr const char* csv_header = "id,tenant_id,user_id,date,total_messages,total_tokens,"
                                   "estimated_cost,created_at,updated_at";
constexpr size_t deleted_at_once = 1000;

export_format format_of(const std::string& text) {
  if (text == "csv")
    return export_format::csv;
  if (text == "ndjson")
    return export_format::ndjson;
  throw export_error("options", "format is '" + text + "', and must be ndjson or csv");
}

std::string file_name(const std::string& month, int32_t part, export_format format) {
  return fmt::format("usage_metrics-{}{}.{}", month, part == 1 ? "" : fmt::format(".{}", part),
                     to_string(format));
}

/// The file is there and as it was written.
bool is_whole(const std::string& directory, const pg::usage_export& known) {
  try {
    return read_export(directory + "/" + known.file, format_of(known.format))
           == export_facts{known.rows, known.bytes, known.sha256};
  } catch (const export_error&) {
    return false;
  }
}

class usage_exporter {
public:
  usage_exporter(pg::connection& conn, const usage_export_order& order, const upkeep_stop& stop)
    : conn_(conn), order_(order), stop_(stop), format_(format_of(order.format)) {}

  pg::upkeep_outcome run() {
    expect_export_directory(order_.directory);
    remove_unfinished_exports(order_.directory);
    std::map<std::string, pg::usage_export> last;
    for (auto& known : pg::usage_exports{}.run(conn_))
      last.insert_or_assign(known.month, std::move(known));
    for (const auto& month : pg::usage_months{order_.after}.run(conn_)) {
      stop_.check();
      auto known = last.find(month.month);
      if (known == last.end())
        write(month.month, 1);
      else if (known->second.deleted)
        write(month.month, known->second.part + 1);
      else if (!known->second.deleting && !is_as(month, known->second))
        write(month.month, known->second.part);
    }
    return std::move(outcome_);
  }

private:
  [[nodiscard]] bool is_as(const pg::usage_month& month, const pg::usage_export& known) const {
    return known.rows == month.rows && known.content == month.content
           && known.format == order_.format && is_whole(order_.directory, known);
  }

  void write(const std::string& month, int32_t part) {
    auto name = file_name(month, part, format_);
    export_file file{order_.directory, name, format_, csv_header};
    int64_t content = 0;
    pg::usage_page page{.month = month, .format = order_.format};
    for (;;) {
      auto lines = page.run(conn_);
      for (const auto& row : lines) {
        file.add(row.line);
        content ^= row.content;
      }
      if (lines.empty())
        break;
      page.after_date = lines.back().date;
      page.after_id = lines.back().id;
      stop_.check();
    }
    auto facts = file.finish(month, base::seconds_of(order_.clock()));
    pg::note_usage_export{month,      part,        order_.format, name,
                          facts.rows, facts.bytes, facts.sha256,  content}
      .run(conn_);
    outcome_.rows += facts.rows;
    outcome_.bytes += facts.bytes;
    outcome_.file += (outcome_.file.empty() ? "" : " ") + name;
  }

  pg::connection& conn_;
  const usage_export_order& order_;
  const upkeep_stop& stop_;
  export_format format_;
  pg::upkeep_outcome outcome_;
};

void expect_whole(const std::string& path, const pg::usage_export& known) {
  auto found = read_export(path, format_of(known.format));
  if (found != export_facts{known.rows, known.bytes, known.sha256})
    throw export_error(
      "export_damaged",
      fmt::format("{} has {} rows, {} bytes and the digest {}, and had {}, {} and {} when it was "
                  "written: nothing was deleted",
                  path, found.rows, found.bytes, found.sha256, known.rows, known.bytes,
                  known.sha256));
}

int64_t delete_rows_of(pg::connection& conn, const std::string& path, const pg::usage_export& known,
                       const std::string& keep, const upkeep_stop& stop) {
  int64_t deleted = 0;
  pg::delete_exported_usage batch{known.month, known.part, keep, {}, {}};
  auto send = [&] {
    stop.check();
    deleted += batch.run(conn);
    batch.ids.clear();
    batch.lines.clear();
  };
  read_export(path, format_of(known.format), [&](export_row&& row) {
    batch.ids.push_back(std::move(row.id));
    batch.lines.push_back(std::move(row.line));
    if (batch.ids.size() == deleted_at_once)
      send();
  });
  if (!batch.ids.empty())
    send();
  pg::note_usage_deleted{known.month, known.part}.run(conn);
  return deleted;
}

} // namespace

pg::upkeep_outcome export_usage(pg::connection& conn, const usage_export_order& order,
                                const upkeep_stop& stop) {
  return usage_exporter{conn, order, stop}.run();
}

pg::upkeep_outcome delete_exported(pg::connection& conn, const std::string& directory,
                                   const std::string& keep, const upkeep_stop& stop) {
  expect_export_directory(directory);
  pg::upkeep_outcome outcome;
  std::map<std::string, bool> exported;
  for (const auto& known : pg::usage_exports{keep}.run(conn)) {
    exported[known.month] = true;
    if (!known.old || known.deleted)
      continue;
    auto path = directory + "/" + known.file;
    expect_whole(path, known);
    outcome.rows += delete_rows_of(conn, path, known, keep, stop);
    outcome.file += (outcome.file.empty() ? "" : " ") + known.file;
  }
  for (const auto& month : pg::usage_months{keep}.run(conn))
    if (!exported.contains(month.month))
      outcome.text += (outcome.text.empty() ? "not exported, so kept: " : ", ") + month.month;
  return outcome;
}

} // namespace nova::jobs
