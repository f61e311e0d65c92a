#include "syncs/sync_work.hpp"

#include "base/log.hpp"
#include "pg/error.hpp"
#include "pg/integrations/end_sync_run.hpp"
#include "pg/integrations/note_sync_total.hpp"
#include "pg/integrations/sync_claim_state.hpp"
#include "syncs/http_source.hpp"
#include "syncs/postgres_source.hpp"
#include "syncs/sql_text.hpp"
#include "syncs/stream_settings.hpp"
#include "syncs/sync_failure.hpp"
#include "syncs/table_digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nova::syncs {
namespace {

constexpr base::log sync_log{"Syncs"};

std::string name_of(const pg::sync_task& task) {
  return task.integration_name + "/" + task.stream;
}

stream_settings settings_of(const pg::sync_task& task) {
  return {"settings of " + name_of(task), task.settings};
}

/// Whatever repeats a secret, an error of a server for instance, is not told.
std::string without_secret(std::string text, const pg::sync_task& task, const sync_means& means) {
  if (task.secret_name.empty() || !means.secrets)
    return text;
  auto secret = means.secrets->find(task.secret_name);
  if (!secret || secret->size() < 4)
    return text;
  for (auto at = text.find(*secret); at != std::string::npos; at = text.find(*secret, at))
    text.replace(at, secret->size(), "***");
  return text;
}

std::string secret_of(const pg::sync_task& task, const sync_means& means) {
  if (task.secret_name.empty())
    return {};
  auto secret = means.secrets->find(task.secret_name);
  if (!secret)
    throw sync_failure("secret_missing", base::to_string(secret.error()));
  return *secret;
}

std::vector<std::string> keys_of_pointer(const stream_settings& settings, const std::string& column,
                                         const std::string& pointer) {
  if (!pointer.starts_with('/'))
    settings.refuse("target_columns." + column,
                    "is '" + pointer + "': it takes a JSON pointer, such as /id");
  std::vector<std::string> keys;
  for (size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/')
      keys.emplace_back();
    else if (pointer[i] == '~' && i + 1 < pointer.size())
      keys.back() += pointer[++i] == '1' ? '/' : '~';
    else
      keys.back() += pointer[i];
  }
  return keys;
}

sync_outcome run_to_its_end(pg::connection& conn, pg::sync_task task, const sync_means& means,
                            sync_stop& stop) {
  auto from = connector_of(task, means, stop);
  auto pages = [&](sync_target& target) {
    auto stream = from->open(task, target.look());
    // Only one snapshot of a database lists its keys at the end; of others they are noted.
    auto seen = stream.whole && stream.columns.empty() && target_of(task).deletes;
    if (stream.total)
      pg::note_sync_total{task.claim, *stream.total}.run(conn);
    target.begin(stream, seen);
    while (!target.write_page(*from))
      stop.check();
    auto known = from->end();
    target.end(*from, known);
    if (!known.stalled.empty())
      return sync_outcome{"failed", "stalled", known.stalled};
    if (target.refused() > 0)
      return sync_outcome{"partial", "bad_records",
                          fmt::format("{} records were refused: integration_rejected_records has "
                                      "them with the reasons",
                                      target.refused())};
    return sync_outcome{};
  };
  try {
    sync_target target{conn, task, target_of(task)};
    return pages(target);
  } catch (const cursor_expired& reason) {
    sync_log.info("a sync begins anew", {{"sync", name_of(task)}, {"reason", reason.what()}});
  }
  task.mode = "full";
  task.checkpoint = "{}";
  from = connector_of(task, means, stop);
  sync_target target{conn, task, target_of(task)};
  return pages(target);
}

sync_outcome failed(std::string kind, std::string text) {
  return {"failed", std::move(kind), std::move(text)};
}

sync_outcome run_guarded(pg::connection& conn, const pg::sync_task& task, const sync_means& means,
                         sync_stop& stop) {
  try {
    return run_to_its_end(conn, task, means, stop);
  } catch (const claim_lost& reason) {
    return {reason.how, "", "somebody ended it"};
  } catch (const sync_failure& reason) {
    return failed(reason.kind, reason.what());
  } catch (const cursor_expired& reason) {
    return failed("source", reason.what());
  } catch (const pg::error& reason) {
    if (stop.ended())
      throw sync_stopped{};
    return failed(reason.sqlstate().starts_with("42") ? "schema" : "database",
                  std::string("the target: ") + reason.what());
  }
}

} // namespace

std::unique_ptr<connector> connector_of(const pg::sync_task& task, const sync_means& means,
                                        sync_stop& stop) {
  if (task.provider == "postgres") {
    if (task.secret_name.empty())
      throw sync_failure("config", name_of(task)
                                     + ": secret_name is empty: it names the secret "
                                       "with the URL of the source");
    return postgres_source(secret_of(task, means), settings_of(task), task.stream, stop);
  }
  if (task.provider == "http_json")
    return http_source(
      {stream_settings{"settings of " + task.integration_name, task.integration_settings},
       settings_of(task), secret_of(task, means), task.integration, task.stream, means.proxy},
      *means.gates, stop);
  throw sync_failure("config", fmt::format("{}: there is no connector '{}'; there are postgres and "
                                           "http_json",
                                           name_of(task), task.provider));
}

target_settings target_of(const pg::sync_task& task) {
  auto settings = settings_of(task);
  target_settings made;
  made.deletes = settings.flag("deletes", true);
  auto target = settings.text("target");
  if (task.provider == "postgres")
    made.table = table_of(target.empty() ? settings.text("table", task.stream) : target);
  else if (!target.empty()) {
    made.table = table_of(target);
    for (const auto& [column, pointer] : settings.texts("target_columns"))
      made.mapped.emplace_back(column, keys_of_pointer(settings, column, pointer));
    if (made.mapped.empty())
      settings.refuse("target_columns", "is empty: it says where in a record each column of the "
                                        "target is, {\"id\": \"/id\"}");
  }
  return made;
}

sync_outcome do_sync(pg::connection& conn, const pg::sync_claim& claim, const sync_means& means,
                     sync_stop& stop) {
  stop.runs_on(conn);
  auto task = pg::read_sync_run{claim}.run(conn);
  if (!task)
    return {"stale", "", "another has it by now"};
  auto outcome = run_guarded(conn, *task, means, stop);
  outcome.text = without_secret(std::move(outcome.text), *task, means);
  if (outcome.status == "stale")
    return outcome;
  std::optional<std::string> kind, text;
  if (!outcome.error_class.empty())
    kind = outcome.error_class;
  if (!outcome.text.empty())
    text = outcome.text;
  if (!conn.alive())
    conn.reconnect();
  if (pg::end_sync_run{claim, outcome.status, kind, text}.run(conn) != "accepted")
    return {"stale", "", "another has it by now"};
  return outcome;
}

sync_verdict verify_sync(pg::connection& conn, const pg::sync_task& asked, const sync_means& means,
                         sync_stop& stop) {
  constexpr int digits_of_level[] = {2, 4, 6};
  constexpr size_t parts_max = 100;
  auto task = asked;
  task.mode = "full"; // what it reads, apart from its order
  auto from = connector_of(task, means, stop);
  auto where = target_of(task);
  sync_target target{conn, task, where};
  auto stream = from->open(task, target.look());
  if (stream.columns.empty() || !where.table)
    throw sync_failure("config", "only a stream of a postgres source can be verified: what an API "
                                 "has is listed by a full run");
  sync_verdict found;
  std::vector<std::string> prefixes;
  for (int digits : digits_of_level) {
    auto there = *from->digest(prefixes, digits);
    auto here = digest_of(conn, {*where.table, stream.columns, stream.key}, prefixes, digits);
    found.differences.clear();
    std::map<std::string, sync_difference> parts;
    for (const auto& [part, one] : there)
      parts[part] = {part, one.first, 0, false};
    for (const auto& [part, one] : here) {
      parts[part].part = part;
      parts[part].here = one.first;
    }
    if (prefixes.empty())
      for (const auto& [part, one] : parts) {
        found.at_source += one.at_source;
        found.here += one.here;
      }
    prefixes.clear();
    found.differing = 0;
    for (auto& [part, one] : parts) {
      auto theirs = there.find(part), ours = here.find(part);
      if (theirs != there.end() && ours != here.end() && theirs->second == ours->second)
        continue;
      one.equal_counts = one.at_source == one.here;
      ++found.differing;
      if (prefixes.size() < parts_max) {
        prefixes.push_back(part);
        found.differences.push_back(one);
      }
    }
    if (prefixes.empty() || found.differing > static_cast<int64_t>(parts_max))
      break;
  }
  return found;
}

} // namespace nova::syncs
