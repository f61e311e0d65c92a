#include "syncs/sync_target.hpp"

#include "json/json_reader.hpp"
#include "pg/copy_in.hpp"
#include "pg/error.hpp"
#include "pg/integrations/commit_sync_page.hpp"
#include "pg/integrations/count_sync_seen.hpp"
#include "pg/integrations/forget_sync_rejected.hpp"
#include "pg/integrations/reject_sync_record.hpp"
#include "pg/integrations/sync_columns.hpp"
#include "pg/integrations/sync_has_rejected.hpp"
#include "pg/integrations/sync_place.hpp"
#include "pg/integrations/sync_session.hpp"
#include "syncs/sync_failure.hpp"

#include <fmt/format.h>

#include <algorithm>

// A page goes by COPY into a temporary table, and from there in one statement into its table. Where
// the table refuses that, the page is read once more, as text, and written by halves until each row
// that it refuses stands alone.
namespace nova::syncs {
namespace {

// With more of them something else is wrong than a record.
constexpr int64_t refused_max = 1000;
constexpr size_t record_bytes_max = size_t{64} << 10;

/// It is the rows, not the server or the statement.
bool is_of_data(const pg::error& reason) {
  const auto& state = reason.sqlstate();
  return reason.kind() == pg::failure::refused
         && (state.starts_with("22") || state.starts_with("23") || state == "21000"
             || state == "P0001");
}

std::string without_name(std::string text) {
  auto colon = text.find(": ");
  return colon == std::string::npos ? text : text.substr(colon + 2);
}

int64_t listed_before(const std::string& state) {
  rapidjson::Document read;
  if (!json::parse(read, state) || !read.IsObject())
    return -1;
  auto found = read.FindMember("listed");
  return found != read.MemberEnd() && found->value.IsInt64() ? found->value.GetInt64() : -1;
}

constexpr const char* of_config = "current_setting('nova.sync_config')::uuid";
constexpr const char* of_run = "current_setting('nova.sync_run')::uuid";
const table_name all_records{"public", "integration_records"};

} // namespace

sync_target::sync_target(pg::connection& conn, pg::sync_task run, target_settings settings)
  : conn_(conn), run_(std::move(run)), settings_(std::move(settings)) {}

std::string sync_target::named() const {
  return settings_.table ? settings_.table->schema + '.' + settings_.table->table
                         : "integration_records";
}

void sync_target::run(const std::string& text) {
  conn_.run(text.c_str());
}

std::vector<opened_stream::column> sync_target::look() {
  if (records())
    return {};
  auto found = pg::sync_place{settings_.table->schema, settings_.table->table}.run(conn_);
  if (!found)
    throw sync_failure("schema", fmt::format("there is no table {} here, or this role may not see "
                                             "it: make it, with a primary key",
                                             named()));
  if (found->rows_hidden)
    throw sync_failure("schema", "row-level security hides rows of " + named()
                                   + " from this role: give it a policy");
  std::vector<opened_stream::column> all;
  for (const auto& one :
       pg::sync_columns{settings_.table->schema, settings_.table->table}.run(conn_))
    if (!one.generated)
      all.push_back({one.name, one.type, one.comparable});
  if (settings_.mapped.empty())
    return all;
  // The rows are records; their key is that of the table.
  stream_.key = found->primary_key;
  for (const auto& [name, place] : settings_.mapped) {
    auto column = std::ranges::find(all, name, &opened_stream::column::name);
    if (column == all.end())
      throw sync_failure("config",
                         fmt::format("{} has no column {} that can be written", named(), name));
    stream_.columns.push_back(*column);
  }
  if (stream_.key.empty())
    throw sync_failure("schema", named() + " has no primary key");
  for (const auto& name : stream_.key)
    if (std::ranges::find(stream_.columns, name, &opened_stream::column::name)
        == stream_.columns.end())
      throw sync_failure("config",
                         fmt::format("columns: {} is of the primary key of {}, and is not "
                                     "among them",
                                     name, named()));
  return {};
}

void sync_target::begin(const opened_stream& stream, bool seen) {
  json_ = stream.columns.empty();
  seen_ = seen;
  if (!json_)
    stream_ = stream;
  if (!json_) {
    auto key = stream_.key;
    std::ranges::sort(key);
    auto found = pg::sync_place{settings_.table->schema, settings_.table->table}.run(conn_);
    auto wanted = fmt::format("{}", fmt::join(key, "\t"));
    if (!found || std::ranges::find(found->unique_indexes, wanted) == found->unique_indexes.end())
      throw sync_failure("schema", fmt::format("{} has no primary key or unique index of ({}), by "
                                               "which its rows are found: create unique index on "
                                               "{} ({})",
                                               named(), fmt::join(stream_.key, ", "),
                                               quoted(*settings_.table), quoted_list(stream_.key)));
  }
  make_statements();
  had_refused_ = pg::sync_has_rejected{run_.config}.run(conn_);
}

/// What a row is told by in tables of ours.
std::string sync_target::key_text(const char* of) const {
  if (json_ && (records() || std::string_view{of} == "s"))
    return fmt::format("{}.key", of);
  if (stream_.key.size() == 1)
    return fmt::format("{}.{}::text", of, quoted(stream_.key.front()));
  return fmt::format("row({})::text", quoted_list(stream_.key, std::string{of} + '.'));
}

void sync_target::make_statements() {
  std::vector<std::string> names;
  for (const auto& one : stream_.columns)
    names.push_back(one.name);
  auto place = records() ? quoted(all_records) : quoted(*settings_.table);
  auto on_conflict = [&] {
    std::vector<std::string> rest;
    std::string set, differs;
    for (const auto& one : stream_.columns) {
      if (std::ranges::find(stream_.key, one.name) != stream_.key.end())
        continue;
      auto name = quoted(one.name);
      set += (set.empty() ? "" : ", ") + name + " = excluded." + name;
      const auto* as = one.comparable ? "" : "::text";
      differs += fmt::format("{}t.{}{} is distinct from excluded.{}{}",
                             differs.empty() ? "" : " or ", name, as, name, as);
    }
    auto key = quoted_list(stream_.key);
    return set.empty()
             ? fmt::format(" on conflict ({}) do nothing", key)
             : fmt::format(" on conflict ({}) do update set {} where {}", key, set, differs);
  };
  std::string into, from, range = " where s.nova_n between $1::bigint and $2::bigint";
  if (json_) {
    stage_ = "create temp table nova_stage (key text, record jsonb) on commit drop";
    careful_stage_ = "create temp table nova_stage (nova_n bigint generated always as identity, "
                     "key text, record text) on commit drop";
    copy_ = "copy pg_temp.nova_stage (key, record) from stdin";
  } else {
    stage_ = fmt::format("create temp table nova_stage on commit drop as select {} from {} with no "
                         "data",
                         quoted_list(names), place);
    careful_stage_ = fmt::format("create temp table nova_stage (nova_n bigint generated always as "
                                 "identity, {}) on commit drop",
                                 each(names, [&](size_t i) { return quoted(names[i]) + " text"; }));
    copy_ = fmt::format("copy pg_temp.nova_stage ({}) from stdin", quoted_list(names));
  }
  auto upsert = [&](bool careful) {
    auto where = careful ? range : std::string{};
    // Of a key that comes twice the later record counts.
    const auto* later = careful ? "s.nova_n" : "s.ctid";
    std::string text;
    if (json_ && records()) {
      text = fmt::format(
        "insert into {} as t (sync_config_id, key, record, hash) select distinct on (s.key) {}, "
        "s.key, s.record::jsonb, sha256(convert_to(s.record::jsonb::text, 'UTF8')) from "
        "pg_temp.nova_stage s{} order by s.key, {} desc on conflict (sync_config_id, key) do "
        "update set record = excluded.record, hash = excluded.hash, changed_in = "
        "pg_current_xact_id(), changed_at = now(), deleted_at = null where t.hash <> excluded.hash "
        "or t.deleted_at is not null",
        place, of_config, where, later);
    } else if (json_) {
      std::string fields;
      for (const auto& [column, path] : settings_.mapped)
        fields +=
          fmt::format("{}{}, s.record::jsonb #> array[{}]::text[]", fields.empty() ? "" : ", ",
                      literal(column), each(path, [&](size_t i) { return literal(path[i]); }));
      text = fmt::format(
        "insert into {0} as t ({1}) select distinct on ({2}) {3} from pg_temp.nova_stage s cross "
        "join lateral jsonb_populate_record(null::{0}, jsonb_build_object({4})) p{5} order by {2}, "
        "{7} desc{6}",
        place, quoted_list(names), quoted_list(stream_.key, "p."), quoted_list(names, "p."), fields,
        where, on_conflict(), later);
    } else {
      auto values = each(names, [&](size_t i) {
        return "s." + quoted(names[i]) + (careful ? "::" + stream_.columns[i].type : "");
      });
      text = fmt::format("insert into {} as t ({}) select {} from pg_temp.nova_stage s{}{}", place,
                         quoted_list(names), values, where, on_conflict());
    }
    return fmt::format(
      "with w as ({} returning (t.xmax = 0) as fresh) select count(*) filter (where "
      "fresh), count(*) filter (where not fresh) from w",
      text);
  };
  upsert_ = upsert(false);
  upsert_range_ = upsert(true);
  note_seen_ = fmt::format("insert into nova.sync_seen (run, key) select distinct {}, {} from "
                           "pg_temp.nova_stage s on conflict do nothing",
                           of_run, key_text("s"));
  accept_ =
    fmt::format("delete from public.integration_rejected_records r using pg_temp.nova_stage "
                "s where r.sync_config_id = {} and r.key = {}",
                of_config, key_text("s"));
}

void sync_target::begin_page() {
  pg::sync_session{{"sync_config", "sync_run"}, {run_.config, run_.claim.id}}.run(conn_);
}

sync_target::counts sync_target::upsert() {
  auto [inserted, updated] =
    conn_.exec(sql::statement{"sync_upsert", upsert_.c_str()}).one<int64_t, int64_t>();
  return {inserted, updated};
}

bad_record sync_target::refused_row(int64_t which, const std::string& why) {
  auto text =
    fmt::format("select coalesce({}, ''), {} from pg_temp.nova_stage s where s.nova_n = "
                "$1::bigint",
                key_text("s"), json_ ? "coalesce(s.record, '')" : "(to_jsonb(s) - 'nova_n')::text");
  auto [key, record] = conn_.exec(sql::statement{"sync_refused_row", text.c_str()}, which)
                         .one<std::string, std::string>();
  return {std::move(key), without_name(why), std::move(record)};
}

void sync_target::upsert_range(int64_t first, int64_t last, counts& done,
                               std::vector<bad_record>& bad) {
  if (first > last)
    return;
  conn_.run("savepoint nova_range");
  try {
    auto [inserted, updated] =
      conn_.exec(sql::statement{"sync_upsert_range", upsert_range_.c_str()}, first, last)
        .one<int64_t, int64_t>();
    done.inserted += inserted;
    done.updated += updated;
    conn_.run("release savepoint nova_range");
  } catch (const pg::error& reason) {
    if (!is_of_data(reason))
      throw;
    conn_.run("rollback to savepoint nova_range");
    if (first == last) {
      bad.push_back(refused_row(first, reason.what()));
      if (refused_ + static_cast<int64_t>(bad.size()) > refused_max)
        throw sync_failure("schema", fmt::format("{} refused more than {} records of a run",
                                                 named(), refused_max));
      return;
    }
    auto middle = first + (last - first) / 2;
    upsert_range(first, middle, done, bad);
    upsert_range(middle + 1, last, done, bad);
  }
}

sync_page sync_target::try_page(connector& from, counts& done) {
  pg::transaction change{conn_};
  begin_page();
  run(stage_);
  pg::copy_in rows{conn_, copy_.c_str()};
  auto page = from.next([&](std::string_view row) { rows.put(row); });
  rows.finish();
  if (page.rows > 0)
    done = upsert();
  commit(page, done, change);
  return page;
}

sync_page sync_target::write_carefully(connector& from, counts& done) {
  pg::transaction change{conn_};
  begin_page();
  run(careful_stage_);
  int64_t staged = 0;
  sync_page page;
  {
    pg::copy_in rows{conn_, copy_.c_str()};
    page = from.next([&](std::string_view row) { rows.put(row); });
    staged = static_cast<int64_t>(rows.finish());
  }
  std::vector<bad_record> bad;
  upsert_range(1, staged, done, bad);
  page.bad.insert(page.bad.end(), bad.begin(), bad.end());
  commit(page, done, change);
  return page;
}

void sync_target::commit(const sync_page& page, const counts& done, pg::transaction& change) {
  if (had_refused_ && page.rows > 0)
    run(accept_);
  if (seen_ && page.rows > 0)
    run(note_seen_);
  pg::reject_sync_record refused{run_.config, run_.claim.id, {}, {}, {}};
  for (const auto& one : page.bad) {
    refused.keys.push_back(one.key);
    refused.reasons.push_back(one.reason);
    refused.records.push_back(one.record.substr(0, record_bytes_max));
  }
  if (!page.bad.empty())
    refused.run(conn_);
  auto failed = static_cast<int64_t>(page.bad.size());
  pg::commit_sync_page counted{run_.claim};
  if (!page.gone.empty())
    counted.deleted = delete_gone(page.gone);
  counted.read = page.rows;
  counted.inserted = done.inserted;
  counted.updated = done.updated;
  counted.failed = failed;
  counted.skipped = std::max<int64_t>(counted.read - done.inserted - done.updated - failed
                                        - static_cast<int64_t>(page.gone.size()),
                                      0);
  counted.bytes = page.bytes;
  counted.watermark = page.watermark;
  counted.checkpoint = page.checkpoint;
  if (auto how = counted.run(conn_); how != "accepted")
    throw claim_lost(how);
  change.commit();
  refused_ += failed;
  had_refused_ = had_refused_ || failed > 0;
}

int64_t sync_target::delete_gone(const std::vector<std::string>& keys) {
  auto text =
    records()
      ? fmt::format("with gone as (update {} t set deleted_at = now(), changed_at = now(), "
                    "changed_in = pg_current_xact_id() where t.sync_config_id = {} and t.key = "
                    "any ($1) and t.deleted_at is null returning 1)",
                    quoted(all_records), of_config)
      : fmt::format("with gone as (delete from {} t where {} = any ($1) returning 1)",
                    quoted(*settings_.table), key_text("t"));
  text += " select count(*) from gone";
  return conn_.exec(sql::statement{"sync_delete_gone", text.c_str()}, keys).value<int64_t>();
}

bool sync_target::write_page(connector& from) {
  counts done;
  try {
    return try_page(from, done).last;
  } catch (const pg::error& reason) {
    if (!is_of_data(reason))
      throw;
  }
  from.again();
  done = {};
  return write_carefully(from, done).last;
}

void sync_target::delete_missing(connector& from) {
  pg::transaction change{conn_};
  begin_page();
  auto place = records() ? quoted(all_records) : quoted(*settings_.table);
  std::string missing;
  std::optional<int64_t> listed;
  if (seen_) {
    listed = pg::count_sync_seen{run_.claim.id}.run(conn_);
    missing =
      fmt::format("not exists (select from nova.sync_seen k where k.run = {} and k.key = {})",
                  of_run, key_text("t"));
  } else {
    run(fmt::format("create temp table nova_keys on commit drop as select {} from {} with no data",
                    quoted_list(stream_.key), place));
    pg::copy_in rows{conn_, "copy pg_temp.nova_keys from stdin"};
    listed = from.list_keys([&](std::string_view row) { rows.put(row); });
    rows.finish();
    run("analyze pg_temp.nova_keys");
    missing = fmt::format(
      "not exists (select from pg_temp.nova_keys k where {})",
      each(
        stream_.key, [&](size_t i) { return fmt::format("k.{0} = t.{0}", quoted(stream_.key[i])); },
        " and "));
  }
  if (!listed)
    return;
  auto rows = records() ? fmt::format("t.sync_config_id = {} and t.deleted_at is null and {}",
                                      of_config, missing)
                        : missing;
  // One moment of a database is known to be whole; what a provider lists is not.
  auto before = listed_before(run_.state);
  auto believed = !seen_ && before >= 0 && *listed * 2 >= before;
  auto known = believed ? std::string{}
                        : fmt::format(" and exists (select from nova.sync_missing m where "
                                      "m.sync_config_id = {} and m.key = {})",
                                      of_config, key_text("t"));
  auto gone =
    records() ? fmt::format("update {} t set deleted_at = now(), changed_at = now(), changed_in = "
                            "pg_current_xact_id() where {}{} returning 1",
                            place, rows, known)
              : fmt::format("delete from {} t where {}{} returning 1", place, rows, known);
  auto text = fmt::format("with gone as ({}) select count(*) from gone", gone);
  pg::commit_sync_page counted{run_.claim};
  counted.deleted = conn_.exec(sql::statement{"sync_delete", text.c_str()}).value<int64_t>();
  run(fmt::format("delete from nova.sync_missing m where m.sync_config_id = {}", of_config));
  run(
    fmt::format("insert into nova.sync_missing (sync_config_id, key) select {}, {} from {} t where "
                "{} on conflict do nothing",
                of_config, key_text("t"), place, rows));
  counted.state = fmt::format(R"({{"listed":{}}})", *listed);
  if (auto how = counted.run(conn_); how != "accepted")
    throw claim_lost(how);
  change.commit();
}

void sync_target::end(connector& from, const sync_end& known) {
  if (known.complete && settings_.deletes)
    delete_missing(from);
  pg::transaction change{conn_};
  begin_page();
  if (known.complete && refused_ == 0)
    pg::forget_sync_rejected{run_.config, run_.claim.id}.run(conn_);
  pg::commit_sync_page counted{run_.claim};
  counted.watermark = known.watermark;
  counted.state = known.state;
  if (auto how = counted.run(conn_); how != "accepted")
    throw claim_lost(how);
  change.commit();
}

} // namespace nova::syncs
