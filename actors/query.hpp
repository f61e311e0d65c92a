#pragma once

#include "messages/timed_request.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <any>
#include <chrono>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace nova {

namespace pg {
class connection;
}

/// A query on its way to a connection. A query is an object with its arguments, a `name`, and
/// `run(pg::connection&)`, which blocks, throws `pg::error` and is safe to run again when the
/// answer to COMMIT was lost: those of `pg/`, one a file of SQL, and some that an actor makes of
/// several.
struct query_job {
  const char* name = "";
  std::any query; // a shared_ptr to it: a copy costs nothing, however much mail it carries
  std::function<std::any(pg::connection&)> run;
};

/// What it answered.
struct query_done {
  std::any answer; // empty when there is nothing to say
};

/// Runs queries on connections. Every node has its own pool of them, and only what the pool hands
/// its queries to blocks on PostgreSQL.
using database_actor = caf::typed_actor<
  // Fails with ec::database_unavailable when there was no connection for some seconds (nothing was
  // written), with ec::database_refused and the server's text, ec::stale_claim,
  // ec::database_in_doubt, or ec::overloaded.
  caf::replies_to<query_job>::with<query_done>>;

template <class Query>
using answer_of = decltype(std::declval<Query&>().run(std::declval<pg::connection&>()));

/// Above the longest statement and the pool's own limit, so that these answer first.
constexpr std::chrono::seconds query_timeout{60};

/// Before an actor asks again what the database could not answer.
constexpr std::chrono::seconds retry_pause{1};

template <class Query>
query_job to_job(Query query) {
  auto shared = std::make_shared<Query>(std::move(query));
  return {Query::name, shared, [shared](pg::connection& conn) -> std::any {
            if constexpr (std::is_void_v<answer_of<Query>>) {
              shared->run(conn);
              return {};
            } else {
              return shared->run(conn);
            }
          }};
}

/// A query that waits for its handlers; see `ask`.
template <class Query, class Pending>
class pending_answer {
public:
  explicit pending_answer(Pending pending) : pending_(std::move(pending)) {}

  /// Exactly one of the two is called, on the asker, once: `answered` with what `run` returned,
  /// which it may move from, or with nothing; `failed` with the `caf::error`.
  template <class Answered, class Failed>
  void then(Answered answered, Failed failed) && {
    std::move(pending_).then(
      [answered = std::move(answered)](query_done& done) mutable {
        if constexpr (std::is_void_v<answer_of<Query>>)
          answered();
        else
          answered(std::any_cast<answer_of<Query>&>(done.answer));
      },
      std::move(failed));
  }

private:
  Pending pending_;
};

/// Asks a database for a query: `ask(self, database, pg::claim_threads{…}).then(…, …)`.
template <class Self, class Query>
[[nodiscard]] auto ask(Self* self, const database_actor& database, Query query,
                       std::chrono::milliseconds timeout = query_timeout) {
  auto pending = timed_request(self, database, timeout, to_job(std::move(query)));
  return pending_answer<Query, decltype(pending)>{std::move(pending)};
}

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::query_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::query_done)
