#include "app/grant_check.hpp"

#include "nylas/parse.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace nova::app {
namespace {

constexpr std::chrono::milliseconds probe_wait{1000};

} // namespace

nylas::api_response ask_provider(nylas::transport& transport, const nylas::api_request& request) {
  std::optional<nylas::api_response> answer;
  transport.start(request, [&](nylas::api_response response) { answer = std::move(response); });
  while (!answer)
    transport.run_once(probe_wait);
  return std::move(*answer);
}

grant_checked check_grant(nylas::transport& transport, const grant_id& grant) {
  auto request = nylas::get_grant(grant.value);
  auto answer = ask_provider(transport, request);
  auto status = fmt::format(" (HTTP {})", answer.status);
  switch (nylas::classify(request, answer)) {
    case nylas::verdict::ok: {
      auto parsed = nylas::parse_grant(std::move(answer.body));
      bool valid = parsed && parsed->grant_status != "invalid" && !parsed->blocked;
      return valid ? grant_checked{grant_state::valid, "valid"}
                   : grant_checked{grant_state::invalid, "not valid" + status};
    }
    case nylas::verdict::auth:
    case nylas::verdict::gone: return {grant_state::invalid, "not valid" + status};
    default:
      return {grant_state::unknown,
              "not told" + (answer.status == 0 ? ": " + answer.failure : status)};
  }
}

} // namespace nova::app
