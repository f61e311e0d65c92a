#include "app/doctor.hpp"

#include "app/database_connection.hpp"
#include "app/fixed_pauses.hpp"
#include "app/server_advice.hpp"
#include "app/setting_checks.hpp"
#include "app/work_queues.hpp"
#include "base/clock.hpp"
#include "nylas/parse.hpp"
#include "nylas/transport.hpp"
#include "pg/connection_string.hpp"
#include "pg/email/failed_threads.hpp"
#include "pg/email/list_inboxes.hpp"
#include "pg/email/list_notifications.hpp"
#include "pg/email/list_progress.hpp"
#include "pg/findings.hpp"
#include "pg/listener.hpp"
#include "pg/migrator.hpp"
#include "pg/platform/server_version.hpp"
#include "pg/queue/queue_exists.hpp"
#include "pg/queue/queue_metrics_all.hpp"
#include "pg/systems.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

namespace nova::app {
namespace {

constexpr int64_t clock_skew_max_us = 2'000'000;
constexpr int server_version_min = 15;
constexpr int64_t queue_age_max_s = 300;
constexpr uint32_t failures_shown = 1000;
constexpr std::chrono::milliseconds probe_wait{1000};

using findings = std::vector<finding>;

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (!text.empty() && text.back() == ' ')
    text.pop_back();
  return text;
}

/// Runs one look; what it throws becomes a finding of its own.
template <class Look>
void look(findings& all, const char* check, const char* advice, Look what) {
  try {
    what();
  } catch (const pg::error& failure) {
    auto explained = explain(failure);
    all.push_back({check, false, one_line(explained.what()), advice});
  } catch (const std::exception& failure) {
    all.push_back({check, false, one_line(failure.what()), advice});
  }
}

std::optional<pg::connection> reach_database(findings& all, const settings& values) {
  std::optional<pg::connection> conn;
  look(all, "database",
       "set DATABASE_URL to the server's connection string and check that it runs and lets you in",
       [&] {
         conn.emplace(connection_settings(values));
         auto [version, standby, server_us] = pg::server_version{}.run(*conn);
         auto major = std::atoi(version.c_str());
         bool good = major >= server_version_min && !standby;
         all.push_back({"database", good, "PostgreSQL " + version + (standby ? ", a standby" : ""),
                        good      ? ""
                        : standby ? "connect to the primary: a standby cannot be written to"
                                  : "version 15 or later is needed"});
         auto skew = std::abs(base::wall_now().time_since_epoch().count() - server_us);
         all.push_back({"clock", skew <= clock_skew_max_us,
                        std::to_string(skew / 1000) + " ms between this machine and the database",
                        skew <= clock_skew_max_us ? "" : "synchronise both with NTP"});
       });
  return conn;
}

/// What would make it faster; nothing of that is wrong.
void look_at_server(findings& all, pg::connection& conn) {
  look(all, "server", "pg_settings cannot be read", [&] {
    for (auto& advice : advise_on_server(conn))
      all.push_back(std::move(advice));
  });
}

void look_at_migrations(findings& all, pg::connection& conn) {
  look(all, "migrations", "run `nova migrate up`", [&] {
    pg::migrator migrator{conn};
    if (auto earlier = migrator.earlier_series(); !earlier.empty()) {
      all.push_back({"migrations", false, earlier + " is of a Nova from before the first release",
                     "give Nova a new database: `nova migrate up` says more"});
      return;
    }
    size_t pending = 0;
    std::string changed;
    for (const auto& state : migrator.status()) {
      using status = decltype(pg::migration_state::status);
      pending += state.status == status::pending ? 1 : 0;
      if (state.status == status::changed)
        changed = state.system + '/' + state.name;
    }
    bool good = pending == 0 && changed.empty();
    all.push_back({"migrations", good,
                   !changed.empty() ? changed + " was applied with another text"
                                    : std::to_string(pending) + " pending",
                   good ? ""
                   : changed.empty()
                     ? "run `nova migrate up`"
                     : "a migration is never edited after a release: restore its text"});
  });
}

/// What NOVA_SYSTEMS names is installed by `nova migrate up`, which perhaps nobody ran since.
void look_at_systems(findings& all, pg::connection& conn, const settings& values) {
  look(all, "systems", "run `nova migrate up`", [&] {
    for (const auto& system : pg::migrator{conn}.not_chosen())
      if (std::ranges::find(values.systems, system) != values.systems.end()
          || std::ranges::find(values.systems, pg::every_system) != values.systems.end())
        all.push_back({"systems", false, system + " is in NOVA_SYSTEMS and not installed",
                       "run `nova migrate up`, or take it out of NOVA_SYSTEMS"});
  });
}

void look_at_listen(findings& all, const settings& values) {
  look(all, "listen", "use a direct connection or a pooler in session mode", [&] {
    bool works = pg::listen_works(connection_settings(values));
    all.push_back(
      {"listen", works,
       works ? "notifications arrive"
             : "notifications do not arrive: work is found by polling every "
                 + std::to_string(values.poll_interval.count()) + " ms",
       works ? ""
             : "a pooler in transaction mode is between: set DATABASE_PREPARE=off, and lower "
               "POLL_INTERVAL_MS or connect directly"});
  });
}

void look_at_queues(findings& all, pg::connection& conn) {
  look(all, "queues", "run `nova migrate up`: the queues are made by migrations", [&] {
    for (const auto& queue : work_queues())
      if (!pg::queue_exists{queue.name}.run(conn))
        all.push_back({"queues", false, std::string(queue.name) + " is missing",
                       "run `nova migrate up`: the queues are made by migrations"});
    for (const auto& row : pg::queue_metrics_all{}.run(conn)) {
      if (!row.trouble.empty()) {
        all.push_back(
          {"queue:" + row.name, false, row.trouble,
           "its tables are not what pgmq.create made: restore them, or drop the queue"});
        continue;
      }
      bool old = row.visible > 0 && row.oldest_age_seconds > queue_age_max_s;
      all.push_back({"queue:" + row.name, !old,
                     std::to_string(row.length) + " messages, the oldest of "
                       + std::to_string(row.oldest_age_seconds) + " s",
                     old ? "no node reads it: is `nova run` up with the role for it?" : ""});
    }
  });
}

void look_at_work(findings& all, pg::connection& conn) {
  look(all, "work", "run `nova migrate up`", [&] {
    auto failed = pg::list_notifications{"error", failures_shown}.run(conn).size();
    all.push_back(
      {"webhooks", failed == 0, std::to_string(failed) + " in error",
       failed == 0 ? "" : "`nova webhooks failed` says why, `nova webhooks retry ID` sends again"});
    auto threads = pg::failed_threads{{}, failures_shown}.run(conn).size();
    all.push_back({"threads", threads == 0, std::to_string(threads) + " failed",
                   threads == 0
                     ? ""
                     : "`nova threads failed` says why, `nova threads retry CONFIG` queues again"});
    for (const auto& row : pg::list_progress{}.run(conn))
      if (row.status == "failed")
        all.push_back({"backfill:" + row.config.value, false, "failed",
                       "`nova backfill retry CONFIG` goes on from its checkpoint"});
  });
}

nylas::api_response ask(nylas::transport& transport, const nylas::api_request& request) {
  std::optional<nylas::api_response> answer;
  transport.start(request, [&](nylas::api_response response) { answer = std::move(response); });
  while (!answer)
    transport.run_once(probe_wait);
  return std::move(*answer);
}

/// Asks for a list that every key may read: its status tells a wrong key from a wrong place.
/// Answers whether what else Nylas says can be believed.
bool look_at_key(findings& all, nylas::transport& transport, const settings& values) {
  auto request = nylas::list_grants(1, 0);
  auto answer = ask(transport, request);
  auto verdict = nylas::classify(request, answer);
  auto good = verdict == nylas::verdict::ok;
  finding found{"nylas", good,
                answer.status == 0
                  ? values.nylas_api_uri + ": " + answer.failure
                  : values.nylas_api_uri + " answers " + std::to_string(answer.status),
                ""};
  auto error = nylas::parse_error(answer.body);
  if (verdict == nylas::verdict::auth)
    found.advice = "the key is wrong, or it belongs to another region: set NYLAS_API_KEY from the "
                   "dashboard, and NYLAS_API_URI "
                   "to https://api.us.nylas.com or https://api.eu.nylas.com";
  else if (answer.status == 0)
    found.advice = "the network, or a wrong NYLAS_API_URI: check that this machine may reach it";
  else if (!good && error.type.empty())
    found.advice = "that is not Nylas' answer: check NYLAS_API_URI, and what proxy or portal is "
                   "between (https_proxy)";
  else if (!good)
    found.advice = one_line(error.message);
  all.push_back(found);
  return good;
}

/// What its grant says, and what to do about it.
finding look_at_grant(const nylas::api_request& request, nylas::api_response&& answer,
                      const inbox& inbox) {
  finding found{"inbox " + inbox.email, false, "inbox " + inbox.status + ", grant ", ""};
  auto status = " (HTTP " + std::to_string(answer.status) + ")";
  auto verdict = nylas::classify(request, answer);
  if (verdict == nylas::verdict::ok) {
    auto parsed = nylas::parse_grant(std::move(answer.body));
    bool valid = parsed && parsed->grant_status != "invalid" && !parsed->blocked;
    found.ok = valid && inbox.status == "active";
    found.text += valid ? "valid" : "not valid" + status;
    if (!valid)
      found.advice = "the owner must authorise the account again";
    else if (!found.ok)
      found.advice = "the node will find it valid again within minutes";
  } else if (verdict == nylas::verdict::auth || verdict == nylas::verdict::gone) {
    found.text += "not valid" + status;
    found.advice = "the owner must authorise the account again";
  } else {
    found.text += "not told" + (answer.status == 0 ? ": " + answer.failure : status);
    found.advice = "Nylas did not answer for it: ask again later";
  }
  return found;
}

void look_at_grants(findings& all, nylas::transport& transport, pg::connection& conn) {
  for (const auto& inbox : pg::list_inboxes{}.run(conn)) {
    auto request = nylas::get_grant(inbox.grant.value);
    all.push_back(look_at_grant(request, ask(transport, request), inbox));
  }
}

/// A line of the shell with how to get there; words as they are.
std::string from_outside(const std::string& next) {
  for (const char* words : {"nova ", "set ", "start one: "})
    if (next.starts_with(words))
      return next;
  return next.empty() ? next : "nova shell --role admin -c '" + next + "'";
}

/// What the shell's `doctor` has of the tables. What was found about the same thing before gives
/// way.
void look_at_tables(findings& all, pg::connection& conn) {
  look(all, "work", "run `nova migrate up`", [&] {
    for (auto& one : pg::find_trouble(conn, failures_shown)) {
      std::erase_if(all, [&](const auto& had) { return !had.ok && had.check == one.what; });
      all.push_back({one.what, one.level == "NOTE",
                     one_line(one.text) + (one.since ? " (since " + *one.since + ")" : ""),
                     from_outside(one.next),
                     one.level == "CRIT" ? severity::critical : severity::warning});
    }
  });
}

/// Nylas sends nothing to an endpoint that failed, and gives up what one does not take.
void look_at_endpoints(findings& all, nylas::transport& transport) {
  auto request = nylas::list_webhooks({});
  auto answer = ask(transport, request);
  if (nylas::classify(request, answer) != nylas::verdict::ok)
    return; // a key may be good for mail alone
  auto page = nylas::parse_webhook_page(std::move(answer.body));
  if (!page)
    return;
  for (const auto& one : page->items)
    if (one.status != "active")
      all.push_back({"webhook " + one.id, false, one.url + ": Nylas calls it " + one.status,
                     "make it answer with 200 (is NOVA_HTTP served there?), then set it active in "
                     "the Nylas dashboard: a failed one never comes back by itself"});
}

void look_at_settings(findings& all, const settings& values) {
  bool key = !values.nylas_api_key.empty();
  all.push_back(
    {"NYLAS_API_KEY", key, key ? "set" : "not set", key ? "" : "set it from the Nylas dashboard"});
  bool secret = !values.nylas_webhook_secrets.empty() || values.allow_unsigned_webhooks;
  all.push_back(
    {"NYLAS_WEBHOOK_SECRET", secret, secret ? "set" : "not set",
     secret ? ""
            : "set what Nylas gave when the webhook was made; without it no node takes webhooks"});
  if (values.database_url.empty() && !values.supabase_url.empty())
    all.push_back({"DATABASE_URL", false, "not set, though SUPABASE_URL is",
                   "the program connects with DATABASE_URL: the project's connection string"});
  for (const auto& pause : fixed_pauses(values))
    all.push_back({pause.setting, false, pause.costs, fixed_pause_advice});
}

/// What leads the key or the mail over a way that others can see or bend.
void look_at_ways(findings& all, const loaded_settings& loaded) {
  const auto& values = loaded.values;
  for (const auto& doubt : loaded.findings)
    all.push_back({"settings", false, doubt,
                   "who can write it can send the key and the mail "
                   "elsewhere"});
  auto host = std::string{host_of_uri(values.nylas_api_uri)};
  if (values.nylas_api_uri.starts_with("http://") && !is_loopback_host(host))
    all.push_back({"NYLAS_API_URI", false, "http:// to " + host + ": the key is sent in clear",
                   "use https://"});
  auto way = pg::way_to_server(values.database_url);
  if (way && !way->local && !way->verified)
    all.push_back({"DATABASE_URL", false,
                   "sslmode=" + way->sslmode + " to " + way->host
                     + ": who is between can read the mail and the password",
                   "add sslmode=verify-full, and sslrootcert=FILE of the server's authority"});
}

findings look_at_all(const loaded_settings& loaded) {
  const auto& values = loaded.values;
  findings all;
  look_at_settings(all, values);
  look_at_ways(all, loaded);
  auto conn = reach_database(all, values);
  if (conn) {
    look_at_server(all, *conn);
    look_at_migrations(all, *conn);
    look_at_systems(all, *conn, values);
    look_at_listen(all, values);
    look_at_queues(all, *conn);
    look_at_work(all, *conn);
    look_at_tables(all, *conn);
  }
  if (values.nylas_api_key.empty())
    return all;
  nylas::transport transport{{values.nylas_api_uri, values.nylas_api_key}, {}};
  bool answers = false;
  look(all, "nylas", "check NYLAS_API_URI", [&] { answers = look_at_key(all, transport, values); });
  if (answers)
    look_at_endpoints(all, transport);
  // With a wrong key every grant looks invalid.
  if (conn && answers)
    look(all, "inboxes", "run `nova migrate up`", [&] { look_at_grants(all, transport, *conn); });
  return all;
}

} // namespace

std::vector<finding> examine(const loaded_settings& loaded) {
  auto all = look_at_all(loaded);
  // Without these no mail comes in at all.
  constexpr std::array<std::string_view, 4> needed{"database", "migrations", "nylas",
                                                   "NYLAS_API_KEY"};
  for (auto& one : all)
    if (std::ranges::find(needed, one.check) != needed.end())
      one.level = severity::critical;
  return all;
}

} // namespace nova::app
