#include "app/doctor.hpp"

#include "app/database_connection.hpp"
#include "app/grant_check.hpp"
#include "app/server_advice.hpp"
#include "app/shell_address.hpp"
#include "app/standing_findings.hpp"
#include "app/supported_server.hpp"
#include "app/work_queues.hpp"
#include "base/clock.hpp"
#include "base/process_usage.hpp"
#include "nylas/parse.hpp"
#include "nylas/transport.hpp"
#include "pg/cluster/list_nodes.hpp"
#include "pg/email/list_inboxes.hpp"
#include "pg/findings.hpp"
#include "pg/listener.hpp"
#include "pg/migrator.hpp"
#include "pg/platform/server_version.hpp"
#include "pg/platform/server_zone.hpp"
#include "pg/queue/queue_exists.hpp"
#include "pg/systems.hpp"
#include "shell/client.hpp"
#include "shell/diagnosis.hpp"
#include "shell/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>

namespace nova::app {
namespace {

using base::finding_level;

constexpr int64_t clock_skew_max_us = 2'000'000;
constexpr uint32_t findings_max = 1000;
constexpr auto migrate = "nova migrate up";

using findings = std::vector<base::finding>;

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (!text.empty() && text.back() == ' ')
    text.pop_back();
  return text;
}

void add(findings& all, finding_level level, std::string what, std::string text,
         std::string next = {}) {
  all.push_back({level, std::move(what), one_line(std::move(text)), {}, std::move(next)});
}

void fine(findings& all, std::string what, std::string text) {
  add(all, finding_level::fine, std::move(what), std::move(text));
}

/// Runs one look; what it throws becomes a finding of its own.
template <class Look>
void look(findings& all, const char* what, const char* next, Look look_at) {
  try {
    look_at();
  } catch (const pg::error& failure) {
    auto explained = explain(failure);
    add(all, finding_level::critical, what, explained.what(), next);
  } catch (const std::exception& failure) {
    add(all, finding_level::critical, what, failure.what(), next);
  }
}

void look_at_clock(findings& all, int64_t server_us) {
  auto skew = base::wall_now().time_since_epoch().count() - server_us;
  auto text = fmt::format("{} ms between this machine and the database", std::abs(skew) / 1000);
  if (std::abs(skew) <= clock_skew_max_us)
    fine(all, "clock", text);
  else
    add(all, finding_level::warning, "clock", text, "synchronise both with NTP");
}

/// Which zone matters to nobody, as long as nobody takes one time for another.
void look_at_zones(findings& all, const pg::time_zones& server) {
  fine(all, "time zone",
       fmt::format("Nova counts, logs and shows in UTC; sessions of others begin in {}, the server "
                   "logs in {}, this machine is in {}",
                   server.session, server.log, base::zone_of_machine()));
}

std::optional<pg::connection> reach_database(findings& all, const settings& values) {
  std::optional<pg::connection> conn;
  look(all, "database",
       "set DATABASE_URL to the server's connection string and check that it runs and lets you in",
       [&] {
         conn.emplace(connection_settings(values));
         auto server = pg::server_version{}.run(*conn);
         all.push_back(judge_server(server));
         look_at_clock(all, server.time);
         look_at_zones(all, pg::server_zone{}.run(*conn));
       });
  return conn;
}

/// What would make it faster; nothing of that is wrong.
void look_at_server(findings& all, pg::connection& conn) {
  look(all, "server", "grant this user pg_read_all_settings", [&] {
    for (auto& advice : advise_on_server(conn))
      all.push_back(std::move(advice));
  });
}

/// What the tables do not say: another series, and a text that was changed after its release.
void look_at_migrations(findings& all, pg::connection& conn) {
  look(all, "migrations", migrate, [&] {
    pg::migrator migrator{conn};
    if (auto earlier = migrator.earlier_series(); !earlier.empty())
      return add(all, finding_level::critical, "migrations",
                 earlier + " is of a Nova from before the first release",
                 "give Nova a new database: `nova migrate up` says more");
    size_t pending = 0;
    std::string changed;
    for (const auto& state : migrator.status()) {
      using status = decltype(pg::migration_state::status);
      pending += state.status == status::pending ? 1 : 0;
      if (state.status == status::changed)
        changed = state.system + '/' + state.name;
    }
    if (!changed.empty())
      add(all, finding_level::critical, "migrations", changed + " was applied with another text",
          "a migration is never edited after a release: restore its text");
    else if (pending == 0)
      fine(all, "migrations", "0 pending");
    else if (std::ranges::none_of(all, [](const auto& had) { return had.next == migrate; }))
      // Which ones is said of the database.
      add(all, finding_level::critical, "migrations", fmt::format("{} pending", pending), migrate);
  });
}

/// What NOVA_SYSTEMS names is installed by `nova migrate up`, which perhaps nobody ran since.
void look_at_systems(findings& all, pg::connection& conn, const settings& values) {
  look(all, "systems", migrate, [&] {
    for (const auto& system : pg::migrator{conn}.not_chosen())
      if (std::ranges::find(values.systems, system) != values.systems.end()
          || std::ranges::find(values.systems, pg::every_system) != values.systems.end())
        add(all, finding_level::warning, "systems",
            system + " is in NOVA_SYSTEMS and not installed", migrate);
  });
}

void look_at_listen(findings& all, const settings& values) {
  look(all, "listen", "use a direct connection or a pooler in session mode", [&] {
    if (pg::listen_works(connection_settings(values)))
      return fine(all, "listen", "notifications arrive");
    add(all, finding_level::warning, "listen",
        fmt::format("notifications do not arrive: work is found by polling every {} ms",
                    values.poll_interval.count()),
        "a pooler in transaction mode is between: set DATABASE_PREPARE=off, and lower "
        "POLL_INTERVAL_MS or connect directly");
  });
}

void look_at_queues(findings& all, pg::connection& conn) {
  look(all, "queues", migrate, [&] {
    for (const auto& queue : work_queues())
      if (!pg::queue_exists{queue.name}.run(conn))
        add(all, finding_level::critical, std::string{"queue:"} + queue.name, "it is missing",
            migrate);
  });
}

/// Asks for a list that every key may read: its status tells a wrong key from a wrong place.
/// Answers whether what else Nylas says can be believed.
bool look_at_key(findings& all, nylas::transport& transport, const settings& values) {
  auto request = nylas::list_grants(1, 0);
  auto answer = ask_provider(transport, request);
  auto verdict = nylas::classify(request, answer);
  auto text = answer.status == 0
                ? values.nylas_api_uri + ": " + answer.failure
                : fmt::format("{} answers {}", values.nylas_api_uri, answer.status);
  if (verdict == nylas::verdict::ok) {
    fine(all, "nylas", text);
    return true;
  }
  auto error = nylas::parse_error(answer.body);
  std::string next = one_line(error.message);
  if (verdict == nylas::verdict::auth)
    next = "the key is wrong, or it belongs to another region: set NYLAS_API_KEY from the "
           "dashboard, and NYLAS_API_URI to https://api.us.nylas.com or https://api.eu.nylas.com";
  else if (answer.status == 0)
    next = "the network, or a wrong NYLAS_API_URI: check that this machine may reach it";
  else if (error.type.empty())
    next = "that is not Nylas' answer: check NYLAS_API_URI, and what proxy or portal is between "
           "(https_proxy)";
  add(all, finding_level::critical, "nylas", text, next);
  return false;
}

/// What its grant says, and what to do about it.
void look_at_grant(findings& all, nylas::transport& transport, const inbox& inbox) {
  auto found = check_grant(transport, inbox.grant);
  auto text = "inbox " + inbox.status + ", grant " + found.text;
  auto again = "nova inbox check " + inbox.email;
  if (found.state == grant_state::unknown)
    add(all, finding_level::warning, inbox.email, text,
        "Nylas did not answer for it: ask again later");
  else if (found.state == grant_state::invalid)
    add(all, finding_level::warning, inbox.email, text,
        "have its owner authorise it again, then: " + again);
  else if (inbox.status != "active")
    add(all, finding_level::warning, inbox.email, text, again);
  else
    fine(all, inbox.email, text);
}

/// What the tables say of an inbox already has who, why and since when.
void look_at_grants(findings& all, nylas::transport& transport, pg::connection& conn) {
  for (const auto& inbox : pg::list_inboxes{}.run(conn)) {
    auto known = std::ranges::any_of(all, [&](const auto& one) { return one.what == inbox.email; });
    if (!known)
      look_at_grant(all, transport, inbox);
  }
}

/// Nylas sends nothing to an endpoint that failed, and gives up what one does not take.
void look_at_endpoints(findings& all, nylas::transport& transport) {
  auto request = nylas::list_webhooks({});
  auto answer = ask_provider(transport, request);
  if (nylas::classify(request, answer) != nylas::verdict::ok)
    return; // a key may be good for mail alone
  auto page = nylas::parse_webhook_page(std::move(answer.body));
  if (!page)
    return;
  for (const auto& one : page->items) {
    auto what = "webhook:" + one.id;
    auto known = std::ranges::any_of(all, [&](const auto& had) { return had.what == what; });
    if (one.status != "active" && !known)
      add(all, finding_level::critical, what, one.url + ": Nylas calls it " + one.status,
          "make it answer with 200 (is NOVA_HTTP served there?), then set it active in the Nylas "
          "dashboard: a failed one never comes back by itself");
  }
}

void look_at_settings(findings& all, const settings& values) {
  if (values.nylas_api_key.empty())
    add(all, finding_level::critical, "NYLAS_API_KEY", "not set",
        "set it from the Nylas dashboard");
  else
    fine(all, "NYLAS_API_KEY", "set");
  if (values.nylas_webhook_secrets.empty() && !values.allow_unsigned_webhooks)
    add(all, finding_level::warning, "NYLAS_WEBHOOK_SECRET", "not set",
        "set what Nylas gave when the webhook was made; without it no node takes webhooks");
  else
    fine(all, "NYLAS_WEBHOOK_SECRET", "set");
  if (values.database_url.empty() && !values.supabase_url.empty())
    add(all, finding_level::warning, "DATABASE_URL", "not set, though SUPABASE_URL is",
        "the program connects with DATABASE_URL: the project's connection string");
}

/// A line of the shell with how to get there; anything else as it is.
std::string from_outside(const std::string& next) {
  const auto* command = shell::find_command(next.substr(0, next.find(' ')));
  // `set NYLAS_API_KEY` is said to a person; a line of the shell would be set KEY=VALUE.
  auto to_a_person = next.starts_with("set ") && next.find('=') == std::string::npos;
  if (command == nullptr || to_a_person)
    return next;
  auto acts = std::string_view{command->group} == "act";
  if (next.find('\'') != std::string::npos) // a name that is quoted
    return fmt::format("nova shell{}, and there: {}", acts ? " --role admin" : "", next);
  return fmt::format("nova shell {}-c '{}'", acts ? "--role admin " : "", next);
}

void take_over(findings& all, std::vector<base::finding>&& seen) {
  for (auto& one : seen) {
    one.text = one_line(std::move(one.text));
    one.next = from_outside(one.next);
  }
  shell::add_live(all, std::move(seen));
}

/// What a command of this machine finds alone. Where no node answers here, nobody can say what the
/// actors see of themselves.
void look_at_nodes(findings& all, const settings& values, pg::connection* conn) {
  shell::client node{{find_socket(values), "view", {}, {}}};
  auto seen = conn ? shell::read_rows(node.get("findings?limit=1000")) : shell::rows{};
  auto said = conn ? shell::diagnosis{shell::findings_of(seen), seen.silent, seen.result, {}}
                   : shell::diagnose(node);
  if (said.answered()) {
    take_over(all, std::move(said.found));
    for (const auto& silent : said.silent)
      add(all, finding_level::warning, silent.node, "it did not answer: " + silent.reason,
          from_outside("nodes"));
    return;
  }
  if (!conn)
    return;
  auto living = pg::list_nodes{0}.run(*conn);
  if (std::ranges::any_of(living, &pg::node_row::alive))
    add(all, finding_level::note, "nodes",
        "none of this machine answers, so what actors see of themselves is not among this",
        "run it beside a node: " + living.front().name);
}

examination look_at_all(const loaded_settings& loaded) {
  const auto& values = loaded.values;
  examination made;
  auto& all = made.found;
  look_at_settings(all, values);
  std::ranges::move(standing_findings(loaded), std::back_inserter(all));
  auto conn = reach_database(all, values);
  made.database_reached = conn.has_value();
  if (conn) {
    look(all, "database", migrate, [&] { take_over(all, pg::find_trouble(*conn, findings_max)); });
    look_at_server(all, *conn);
    look_at_migrations(all, *conn);
    look_at_systems(all, *conn, values);
    look_at_listen(all, values);
    look_at_queues(all, *conn);
  }
  look(all, "nodes", "nova shell -c nodes",
       [&] { look_at_nodes(all, values, conn ? &*conn : nullptr); });
  if (values.nylas_api_key.empty())
    return made;
  nylas::transport transport{{values.nylas_api_uri, values.nylas_api_key}, {}};
  bool answers = false;
  look(all, "nylas", "check NYLAS_API_URI", [&] { answers = look_at_key(all, transport, values); });
  if (answers)
    look_at_endpoints(all, transport);
  // With a wrong key every grant looks invalid.
  if (conn && answers)
    look(all, "inboxes", migrate, [&] { look_at_grants(all, transport, *conn); });
  return made;
}

} // namespace

examination examine(const loaded_settings& loaded) {
  auto made = look_at_all(loaded);
  shell::sort_findings(made.found);
  return made;
}

} // namespace nova::app
