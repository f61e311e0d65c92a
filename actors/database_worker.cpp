#include "actors/database_worker.hpp"

#include "actors/observed_actor.hpp"
#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "pg/connection.hpp"
#include "pg/error.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <optional>

namespace nova {
namespace {

constexpr base::log database_worker_log{"Database"};

/// The one place where PostgreSQL's failures become reasons that actors understand.
caf::error to_reason(const pg::error& failure, const std::string& user) {
  auto reason = [&failure] {
    if (failure.sqlstate() == "NV009")
      return ec::stale_claim;
    switch (failure.kind()) {
      case pg::failure::refused:
      case pg::failure::decoding: return ec::database_refused;
      case pg::failure::in_doubt: return ec::database_in_doubt;
      case pg::failure::retry:
      case pg::failure::lost: return ec::database_unavailable;
    }
    return ec::database_refused;
  }();
  auto text = std::string(failure.what());
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return caf::make_error(reason, text, failure.sqlstate(), user);
}

struct worker_state : observed {
  static inline const char* name = "database_worker";

  explicit worker_state(database_actor::pointer self) : observed(self), self(self) {}

  caf::result<query_done> run(const query_job& job) {
    doing(job.name);
    auto result = perform(job);
    doing("");
    return result;
  }

  caf::result<query_done> perform(const query_job& job) {
    try {
      if (!connection)
        connection.emplace(make_settings());
      return query_done{job.run(*connection)};
    } catch (const pg::error& failure) {
      auto user = connection ? connection->user() : std::string{};
      if (failure.kind() == pg::failure::lost || failure.kind() == pg::failure::in_doubt)
        connection.reset();
      if (failure.kind() != pg::failure::lost)
        database_worker_log.warn("query failed", {{"query", job.name}, {"reason", failure.what()}});
      return to_reason(failure, user);
    }
  }

  [[nodiscard]] pg::connection_settings make_settings() const {
    pg::connection_settings made;
    made.url = settings.url;
    made.prepare = settings.prepare;
    made.application_name = settings.application_name;
    return made;
  }

  database_actor::pointer self;
  database_settings settings;
  std::optional<pg::connection> connection;
};

database_actor::behavior_type database_worker(observed_pointer<database_actor, worker_state> self,
                                              const database_settings& settings,
                                              directory_slot slot) {
  self->state.settings = settings;
  self->state.slot = std::move(slot);
  return {
    [self](const query_job& job) { return self->state.run(job); },
  };
}

} // namespace

database_actor spawn_database_worker(caf::actor_system& system, const database_settings& settings,
                                     directory_slot slot) {
  return system.spawn<caf::detached>(database_worker, settings, std::move(slot));
}

} // namespace nova
