#include "app/supported_server.hpp"

#include "app/context.hpp"
#include "base/log.hpp"
#include "pg/server_range.hpp"

namespace nova::app {
namespace {

constexpr base::log supported_server_log{"Database"};

} // namespace

base::finding judge_server(const pg::server_state& server) {
  using base::finding_level;
  auto text = "PostgreSQL " + server.version;
  if (server.standby)
    return {finding_level::critical, "database", text + ", a standby", "",
            "connect to the primary: a standby cannot be written to"};
  switch (pg::support_of(server.number)) {
    case pg::server_support::refused:
      return {finding_level::critical, "database", text + " is too old", "",
              "upgrade the server: Nova needs " + pg::supported_servers()};
    case pg::server_support::untested:
      return {finding_level::note, "database", text + " is newer than this Nova was tested with",
              "", "see whether a newer Nova was; this one needs " + pg::supported_servers()};
    case pg::server_support::tested: break;
  }
  return {finding_level::fine, "database", text, "", ""};
}

void expect_supported_server(const pg::server_state& server) {
  auto support = pg::support_of(server.number);
  if (support == pg::server_support::refused)
    throw command_error(exit_code::usage, "DATABASE_URL leads to PostgreSQL " + server.version
                                            + "; Nova needs " + pg::supported_servers());
  if (support == pg::server_support::untested)
    supported_server_log.warn("the server is newer than those that Nova was tested with",
                              {{"version", server.version}, {"needs", pg::supported_servers()}});
}

} // namespace nova::app
