#include "app/direct_handler.hpp"

#include "app/node_settings.hpp"
#include "base/clock.hpp"
#include "jobs/http_calls.hpp"
#include "jobs/http_handler.hpp"

#include <array>
#include <chrono>

namespace nova::app {

std::optional<pg::set_handler> handler_for(const std::vector<pg::set_handler>& all,
                                           const std::string& type, const std::string& transport) {
  using key = std::array<std::string, 2>; // type, transport
  for (const auto& [its_type, its_transport] :
       {key{type, transport}, key{type, ""}, key{"*", transport}, key{"*", ""}})
    for (const auto& one : all)
      if (one.queue.empty() && one.type == its_type && one.transport == its_transport)
        return one;
  return std::nullopt;
}

jobs::job_outcome call_handler(const context& ctx, const pg::set_handler& how,
                               const jobs::claimed_job& job) {
  jobs::http_caller_limits limits;
  limits.proxy = ctx.values().handlers_proxy;
  jobs::http_calls calls{secrets_of(ctx.values()), limits};
  std::optional<jobs::job_outcome> outcome;
  calls.start(call_of(jobs::http_settings_of(how), job), [&](const jobs::url_called& answer) {
    outcome = jobs::verdict_of(answer, base::wall_now());
  });
  constexpr std::chrono::milliseconds look{100};
  while (!outcome)
    calls.run_once(look);
  return *outcome;
}

} // namespace nova::app
