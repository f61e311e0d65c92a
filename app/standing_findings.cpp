#include "app/standing_findings.hpp"

#include "app/setting_checks.hpp"
#include "pg/connection_string.hpp"

#include <fmt/format.h>

namespace nova::app {
namespace {

using findings = std::vector<base::finding>;

void add(findings& all, const char* what, std::string text, const char* next) {
  all.push_back({base::finding_level::warning, what, std::move(text), {}, next});
}

void find_pauses(findings& all, const settings& values) {
  constexpr int64_t hour_ms = 3'600'000;
  auto look = [&](const char* setting, const auto& pause, const char* of_what) {
    if (pause && pause->count() > 0)
      add(all, setting,
          fmt::format("a pause of {} ms: at most {} {}", pause->count(), hour_ms / pause->count(),
                      of_what),
          "leave it out and start again: without it PACING=adaptive goes as fast as the provider "
          "allows");
  };
  look("THREAD_DELAY_MS", values.thread_delay, "threads an hour on a node");
  look("MESSAGE_DELAY_MS", values.message_delay, "messages an hour of each thread under way");
  look("API_DELAY_MS", values.api_delay, "calls an hour of an inbox");
}

void find_ways(findings& all, const loaded_settings& loaded) {
  const auto& values = loaded.values;
  for (const auto& doubt : loaded.findings)
    add(all, "settings", doubt, "who can write it can send the key and the mail elsewhere");
  auto host = std::string{host_of_uri(values.nylas_api_uri)};
  if (values.nylas_api_uri.starts_with("http://") && !is_loopback_host(host))
    add(all, "NYLAS_API_URI", "http:// to " + host + ": the key is sent in clear", "use https://");
  auto way = pg::way_to_server(values.database_url);
  if (way && !way->local && !way->verified)
    add(all, "DATABASE_URL",
        "sslmode=" + way->sslmode + " to " + way->host
          + ": who is between can read the mail and the password",
        "add sslmode=verify-full, and sslrootcert=FILE of the server's authority");
}

} // namespace

std::vector<base::finding> standing_findings(const loaded_settings& loaded) {
  findings all;
  find_pauses(all, loaded.values);
  find_ways(all, loaded);
  return all;
}

} // namespace nova::app
