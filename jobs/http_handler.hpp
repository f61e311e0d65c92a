#pragma once

#include "base/clock.hpp"
#include "jobs/handler.hpp"
#include "jobs/http_caller.hpp"
#include "pg/jobs/list_handlers.hpp"

#include <chrono>
#include <string>

namespace nova::jobs {

/// A row of `nova.messenger_handlers` of kind `http`.
struct http_handler_settings {
  std::string url = {};
  std::string secret_name = {}; // empty: not signed
  bool allow_private = false;
  /// For the whole call; a little less of it is left to the network, so that a slow answer is told
  /// as such and not by the end of the actor.
  std::chrono::milliseconds timeout{30'000};
};
http_handler_settings http_settings_of(const pg::set_handler& row);

/// Does a job by a POST of its envelope to a URL, signed when there is a secret. `verdict_of` says
/// what an answer means. Docs: docs/messenger.md, Handlers.
handler http_handler(http_handler_settings settings, http_caller_actor caller);

/// The POST of a job: its envelope (`envelope_of`), with `Idempotency-Key`, which is the same for
/// every attempt, and `X-Nova-Attempt`.
[[nodiscard]] call_url call_of(const http_handler_settings& settings, const claimed_job& job);

/// 2xx is done; 401, 403, 408, 425, 5xx and a network that fails are tried again; 429 and 503 wait
/// as long as the answer says, at most a day, and cost no attempt; all else fails. The text has at
/// most 500 bytes and is printable.
[[nodiscard]] job_outcome verdict_of(const url_called& answer, base::wall_time now);

} // namespace nova::jobs
